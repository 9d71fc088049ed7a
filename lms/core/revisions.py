from typing import Any


class KeepsPublishedRevisions:
    """For pages and drafts whose published revisions records point at, as what somebody saw.

    Wagtail's editor saves by itself and writes over the newest revision. That is refused for what
    is or was published; a new revision is made instead.
    """

    live: bool
    live_revision_id: int | None
    first_published_at: Any

    def save_revision(self, *args: Any, overwrite_revision: Any = None, **options: Any) -> Any:
        was_published = self.first_published_at is not None and not self.live
        if overwrite_revision is not None and (
            was_published or overwrite_revision.pk == self.live_revision_id
        ):
            overwrite_revision = None
        return super().save_revision(  # type: ignore[misc]
            *args, overwrite_revision=overwrite_revision, **options
        )
