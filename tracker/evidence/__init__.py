"""Evidence: photos and scale tickets, known by the SHA-256 of their bytes.

``stores`` keeps bytes under names (a folder, or an S3-compatible store, through one contract); ``arriving`` takes a
piece in part by part and lets it in once its hash is right; ``missing`` asks which facts still wait for theirs.
"""

from tracker.evidence.arriving import (
    BYTES_MAX,
    PART_MAX,
    UNFINISHED_MAX,
    State,
    asked,
    begin,
    clean,
    digest_of,
    key_of,
    state,
    take,
    tidy,
)
from tracker.evidence.media import MEDIA
from tracker.evidence.stores import FolderStore, Store, StoreFull, StoreUnreachable, opened

__all__ = [
    "BYTES_MAX",
    "MEDIA",
    "PART_MAX",
    "UNFINISHED_MAX",
    "FolderStore",
    "State",
    "Store",
    "StoreFull",
    "StoreUnreachable",
    "asked",
    "begin",
    "clean",
    "digest_of",
    "key_of",
    "opened",
    "state",
    "take",
    "tidy",
]
