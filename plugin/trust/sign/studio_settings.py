"""The rules of a studio, for every program and farm machine of its user: lipflap/studio.toml.

require_consent = true                    # nothing is dubbed without consent on file
sign_certificates = "/etc/studio/chain.pem"
sign_command = "hsm-sign dub"      # or sign_key = "/etc/studio/dub.key"
"""

import shlex
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

import platformdirs

from lipflap.core.errors import DubError
from lipflap.plugin.trust.sign.signer import OpenSigner, Signing, open_signer
from lipflap.plugin.trust.sign.studio_keys import is_there, studio_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class StudioSettings:
    """What a studio wants everywhere; empty texts for what it does not say."""

    require_consent: bool = False
    sign_certificates: str = ""
    sign_key: str = ""
    sign_command: str = ""


def settings_path() -> Path:
    """Return the place of this user's file, which need not be there."""
    return platformdirs.user_config_path("lipflap") / "studio.toml"


def read_studio_settings() -> StudioSettings:
    """Return the settings; the standard ones without a file. Raises DubError."""
    path = settings_path()
    if not is_there(path):
        return StudioSettings()
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise DubError(f"cannot be read: {problem}.", where=str(path), fix="Correct it.") from None
    kinds = {field.name: field.type for field in fields(StudioSettings)}
    for name, value in said.items():
        if name not in kinds:
            known = ", ".join(kinds)
            raise DubError(
                f"has a setting '{name}', which is none.", where=str(path), fix=f"Known: {known}."
            )
        if type(value) is not kinds[name]:
            kind = "true or false" if kinds[name] is bool else "a text"
            raise DubError(
                f"has {name} = {value!r}, which is not {kind}.", where=str(path), fix="Correct it."
            )
    return StudioSettings(**said)


def studio_signing() -> Signing | None:
    """Return what signs for this user: as the settings say, else the keys made by `trust init`.

    None where there is neither. Raises DubError.
    """
    settings = read_studio_settings()
    if settings.sign_certificates or settings.sign_key or settings.sign_command:
        return make_signing(
            settings.sign_certificates, settings.sign_key, settings.sign_command, settings_path()
        )
    keys = studio_keys()
    if not is_there(keys.key):
        return None
    return Signing(keys.certificates, keys.key)


def ready_signer(signing: Signing | None = None) -> OpenSigner | None:
    """Return what is ready to sign: as given, else the studio's own; None without any.

    Raises DubError.
    """
    signing = signing or studio_signing()
    return open_signer(signing) if signing else None


def make_signing(
    certificates: str, key: str, command: str, where: Path | str = "--sign-cert"
) -> Signing:
    """Return what signs with a certificate, and a key or a command. Raises DubError.

    where   who says so, for messages
    """
    try:
        words = tuple(shlex.split(command))
    except ValueError as problem:
        raise DubError(
            f"has a signing command that cannot be split into words: {problem}.",
            where=str(where),
            fix="Close its quotes.",
        ) from problem
    if not certificates or bool(key) == bool(words):
        raise DubError(
            "needs a certificate, and either its key or the command that signs with it.",
            where=str(where),
            fix="Give --sign-cert with --sign-key or with --sign-command.",
        )
    return Signing(Path(certificates), Path(key) if key else None, words)
