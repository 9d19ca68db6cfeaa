// Premiere and UXP as Adobe documents them, over real files; not the program. It presses the buttons
// named on the command line, and prints as JSON what the panel said and what was imported.
//
//     node fake_premiere.js INDEX.js FOLDER SEQUENCE HABIT BUTTON...

const fs = require("fs");
const path = require("path");

const [index, root, name, habit, ...buttons] = process.argv.slice(2);
const imported = [];
const exported = [];

function entry(file) {
  return {
    name: path.basename(file),
    isFile: fs.statSync(file).isFile(),
    nativePath: file,
    getMetadata: async () => ({ dateModified: fs.statSync(file).mtime }),
    getEntries: async () => fs.readdirSync(file).map((one) => entry(path.join(file, one))),
  };
}

const sequence = { name };
const project = {
  getActiveSequence: async () => (habit === "no sequence" ? null : sequence),
  getSequences: async () => [sequence, ...imported],
  importFiles: async (files, suppressUI, bin, stills) => {
    if (habit === "imports nothing") return true;
    imported.push(...files);
    return true;
  },
};
const premierepro = {
  Project: { getActiveProject: async () => project },
  ProjectConverter: {
    exportAsFinalCutProXML: async (given, file, suppressUI) => {
      if (habit === "exports nothing") return true;
      fs.writeFileSync(file, `<xmeml version="5"><sequence><name>${given.name}</name></sequence></xmeml>`);
      exported.push(file);
      return true;
    },
  },
};
const files = {
  getFolder: async () => (habit === "no folder" ? null : entry(root)),
  createPersistentToken: async (one) => `token of ${one.nativePath}`,
  getEntryForPersistentToken: async (token) => entry(token.slice("token of ".length)),
};
const kept = {};
const storage = { getItem: (key) => kept[key] || null, setItem: (key, value) => (kept[key] = value) };

function page() {
  const elements = {};
  return {
    getElementById: (id) =>
      (elements[id] = elements[id] || {
        textContent: "",
        addEventListener: (kind, work) => (elements[id].click = work),
      }),
  };
}

async function main() {
  const { connect } = require(path.resolve(index));
  let document = page();
  await connect(document, premierepro, files, storage);
  const said = [];
  for (const button of buttons) {
    if (button === "open again") {
      document = page();
      await connect(document, premierepro, files, storage);
    } else {
      await document.getElementById(button).click();
    }
    said.push(document.getElementById("said").textContent);
  }
  const folder = document.getElementById("folder").textContent;
  process.stdout.write(JSON.stringify({ said, folder, imported, exported }));
}

main();
