"""Files where a satellite works: on this machine, or in S3 without Spark."""

from spark.files import Files, LocalFiles, is_url


class StoreError(OSError):
    """A store that does not do what it is asked for; the text is one sentence for a person.

    `transient` says whether the very same may succeed when it is tried again.
    """

    def __init__(self, sentence: str, *, transient: bool) -> None:
        super().__init__(sentence)
        self.transient = transient


def files_of(place: str) -> Files:
    """The files of the place that a path or URL belongs to; boto3 is needed for a URL only."""
    if is_url(place):
        from spark.satellite.s3_files import S3Files

        return S3Files()
    return LocalFiles()
