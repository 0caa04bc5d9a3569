"""What a file is, told by its first bytes and never by what its sender says alone."""

from collections.abc import Callable, Mapping

#: How many bytes tell a file's type.
HEAD = 12

_LOOKS: Mapping[str, Callable[[bytes], bool]] = {
    "image/jpeg": lambda head: head.startswith(b"\xff\xd8\xff"),
    "image/png": lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/webp": lambda head: head.startswith(b"RIFF") and head[8:12] == b"WEBP",
    "application/pdf": lambda head: head.startswith(b"%PDF-"),
}
#: What is taken, with the ending of its file name.
MEDIA: Mapping[str, str] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "application/pdf": "pdf",
}


def looks_like(media: str, head: bytes) -> bool:
    """Whether a file that begins so is of this type."""
    return _LOOKS[media](head[:HEAD])
