"""An S3-compatible object store. Credentials come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)."""

from datetime import timedelta

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store as Bucket

from tracker.evidence.stores import StoreFull, StoreUnreachable

#: A request waits for the store while its phone waits for us: better to say soon that it should go on later.
_PATIENCE = timedelta(seconds=20)
#: How stores say that a bucket's quota is used up.
_FULL = ("QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "507")
#: The library tells some of its troubles by Python's own names for them.
_NOT_THERE = (NotFoundError, FileNotFoundError)
_FAILED = (BaseError, OSError)


class S3Store:
    """A bucket, below a prefix. An object is there whole or not at all, which is S3's own promise."""

    def __init__(self, bucket: str, prefix: str, *, endpoint: str | None, region: str) -> None:
        self._bucket = Bucket(
            bucket,
            prefix=prefix or None,
            config={"region": region} | ({"endpoint": endpoint} if endpoint else {}),  # type: ignore[arg-type]
            virtual_hosted_style_request=False,
            client_options={"allow_http": bool(endpoint and endpoint.startswith("http://")), "timeout": _PATIENCE},
            retry_config={"max_retries": 2, "retry_timeout": _PATIENCE},
        )

    def put(self, name: str, content: bytes) -> None:
        try:
            self._bucket.put(name, content)
        except _FAILED as error:
            full = any(sign in str(error) for sign in _FULL)
            raise StoreFull if full else StoreUnreachable from error

    def get(self, name: str) -> bytes | None:
        try:
            return bytes(self._bucket.get(name).bytes())
        except _NOT_THERE as error:
            if "NoSuchBucket" in str(error):
                raise StoreUnreachable from error
            return None
        except _FAILED as error:
            raise StoreUnreachable from error

    def delete(self, name: str) -> None:
        try:
            self._bucket.delete(name)
        except _NOT_THERE:
            return
        except _FAILED as error:
            raise StoreUnreachable from error
