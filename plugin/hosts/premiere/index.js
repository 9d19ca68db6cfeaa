// Lipflap in Premiere Pro: sends the active sequence to a folder that `lipflap watch` watches, and
// imports what comes back. Premiere returns false for much that fails, so results are looked at.

const FOLDER = "lipflap.folder";

class Refused extends Error {}

/** Export the active sequence into the folder; return what to tell the user. */
async function sendSequence(ppro, folder) {
  const { sequence } = await active(ppro);
  const name = fileName(sequence.name) + ".xml";
  const path = inFolder(folder, name);
  const before = await changed(folder, name);
  const done = await ppro.ProjectConverter.exportAsFinalCutProXML(sequence, path, true);
  const after = await changed(folder, name);
  if (!done || after === null || after === before) {
    throw new Refused(`Premiere did not export ${sequence.name} to ${path}.`);
  }
  return `${name} is in the folder. ${fileName(sequence.name)}.status.html there says how far it is.`;
}

/** Import the dubbed sequence of the active one; return what to tell the user. */
async function bringBack(ppro, folder) {
  const { project, sequence } = await active(ppro);
  const stem = fileName(sequence.name);
  const found = await dubbed(folder, stem);
  if (found === null) {
    throw new Refused(`${stem}.dubbed.xml is not there yet: see ${stem}.status.html in the folder.`);
  }
  const count = (await project.getSequences()).length;
  const done = await project.importFiles([inFolder(folder, found)], true, null, false);
  if (!done || (await project.getSequences()).length === count) {
    throw new Refused(`Premiere did not import ${found}. Try File > Import.`);
  }
  return `${found} is imported as a sequence of its own.`;
}

async function active(ppro) {
  const project = await ppro.Project.getActiveProject();
  const sequence = project ? await project.getActiveSequence() : null;
  if (!sequence) {
    throw new Refused("Open a sequence first.");
  }
  return { project, sequence };
}

/** Return the name of the latest dubbed cut of this name: NAME.dubbed.xml, NAME.dubbed 2.xml. */
async function dubbed(folder, stem) {
  const names = [];
  for (const entry of await folder.getEntries()) {
    const rest = entry.name.startsWith(stem) ? entry.name.slice(stem.length) : "";
    if (entry.isFile && /^\.dubbed( \d+)?\.xml$/.test(rest)) {
      names.push([await changed(folder, entry.name), entry.name]);
    }
  }
  names.sort((one, other) => one[0] - other[0]);
  return names.length ? names[names.length - 1][1] : null;
}

/** Return when a file of the folder was changed; null without one. */
async function changed(folder, name) {
  for (const entry of await folder.getEntries()) {
    if (entry.name === name) {
      return (await entry.getMetadata()).dateModified.getTime();
    }
  }
  return null;
}

function fileName(name) {
  return name.replace(/[<>:"/\\|?*\u0000-\u001f]/g, "_").replace(/^[ .]+|[ .]+$/g, "") || "cut";
}

function inFolder(folder, name) {
  const separator = folder.nativePath.includes("\\") ? "\\" : "/";
  return folder.nativePath.replace(/[\\/]$/, "") + separator + name;
}

/** Connect the buttons. */
function connect(document, ppro, files, storage) {
  const say = (id, text) => (document.getElementById(id).textContent = text);
  let folder = null;
  const choose = async (entry) => {
    folder = entry;
    say("folder", entry ? entry.nativePath : "No folder is chosen. lipflap watch FOLDER watches it.");
  };
  const remembered = async () => {
    const token = storage.getItem(FOLDER);
    return token ? await files.getEntryForPersistentToken(token) : null;
  };
  const press = (id, work) =>
    document.getElementById(id).addEventListener("click", async () => {
      try {
        say("said", await work());
      } catch (problem) {
        say("said", problem instanceof Refused ? problem.message : `Premiere: ${problem}`);
      }
    });
  const withFolder = (work) => async () => {
    if (!folder) {
      throw new Refused("Choose the watched folder first.");
    }
    return await work(ppro, folder);
  };
  press("choose", async () => {
    const entry = await files.getFolder();
    if (entry) {
      storage.setItem(FOLDER, await files.createPersistentToken(entry));
      await choose(entry);
    }
    return "";
  });
  press("send", withFolder(sendSequence));
  press("back", withFolder(bringBack));
  return remembered().then(choose, () => choose(null));
}

if (typeof document !== "undefined") {
  document.addEventListener("DOMContentLoaded", () => {
    const files = require("uxp").storage.localFileSystem;
    connect(document, require("premierepro"), files, window.localStorage);
  });
}
if (typeof module !== "undefined") {
  module.exports = { connect };
}
