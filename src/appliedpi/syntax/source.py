"""Reading a model from a file, so that whatever is wrong with the file is an error with its place."""

from __future__ import annotations

from os import PathLike, fspath

from appliedpi.errors import InputError, Place
from appliedpi.syntax.lexing import MAXIMUM_SIZE


def read_source(path: str | PathLike[str]) -> str:
    """The text of the file, line ends as they are.

    Raises InputError where the file cannot be read, has more than MAXIMUM_SIZE bytes, or is not UTF-8
    (then the place is that of the first byte that is not).
    """
    name = fspath(path)
    start = Place(name, 1, 1)
    try:
        with open(path, "rb") as file:
            content = file.read(MAXIMUM_SIZE + 1)  # never more: a device has no size to ask for
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"cannot read the file: {reason}", start) from error
    if len(content) > MAXIMUM_SIZE:
        raise InputError(f"the file has more than {MAXIMUM_SIZE} bytes", start)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(name, content, error.start) from error


def _not_utf8(name: str, content: bytes, offset: int) -> InputError:
    before = content[:offset].decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    line_start = before.rfind("\n") + 1
    rest = content[offset : offset + 200].decode("utf-8", errors="replace").splitlines()
    place = Place(name, before.count("\n") + 1, len(before) - line_start + 1)
    return InputError(
        f"the byte 0x{content[offset]:02X} is not UTF-8",
        place,
        before[line_start:] + (rest[0] if rest else ""),
        "save the file as UTF-8",
    )
