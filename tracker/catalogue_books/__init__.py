"""The lists of wastes in the database: finding a code, loading the shipped lists, importing one.

Every function takes a connection and none commits. A reader names the day: a code is offered when its edition was in
force then, or stands in for one whose rows are not at hand.
"""

from tracker.catalogue_books.finding import by_id, editions, exemptions, find, get, in_force, require
from tracker.catalogue_books.loading import import_file, load_shipped
from tracker.catalogue_books.writing import apply_import

__all__ = [
    "apply_import",
    "by_id",
    "editions",
    "exemptions",
    "find",
    "get",
    "import_file",
    "in_force",
    "load_shipped",
    "require",
]
