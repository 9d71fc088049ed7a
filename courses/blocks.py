"""The parts a lesson is written in. Every one has a template under templates/courses/blocks/."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock
from wagtail.snippets.blocks import SnippetChooserBlock

RICH_TEXT_FEATURES = ["bold", "italic", "ol", "ul", "link", "document-link"]


class PictureBlock(blocks.StructBlock):
    image = ImageChooserBlock(label=_("picture"))
    alt_text = blocks.CharBlock(
        label=_("description for those who do not see it"),
        help_text=_("Say what the picture tells, in one sentence."),
        max_length=300,
    )
    caption = blocks.CharBlock(
        label=_("caption"),
        help_text=_("Shown below it. Example: Sample of a suspicious mail (fictional)"),
        required=False,
        max_length=300,
    )

    class Meta:
        icon = "image"
        label = _("picture")
        template = "courses/blocks/picture.html"


class CalloutBlock(blocks.StructBlock):
    kind = blocks.ChoiceBlock(
        label=_("kind"),
        choices=[
            ("point", _("Key point")),
            ("caution", _("Caution")),
            ("example", _("Example")),
        ],
        help_text=_("Key point: to remember. Caution: what goes wrong. Example: a scene at work."),
        default="point",
    )
    title = blocks.CharBlock(
        label=_("title"),
        help_text=_("Example: Check by another way whether it is genuine"),
        required=False,
        max_length=100,
    )
    text = blocks.RichTextBlock(
        label=_("text"), help_text=_("Two or three sentences."), features=RICH_TEXT_FEATURES
    )

    class Meta:
        icon = "info-circle"
        label = _("callout")
        template = "courses/blocks/callout.html"


class StepsListBlock(blocks.StructBlock):
    title = blocks.CharBlock(
        label=_("title"),
        help_text=_("Example: What to do after opening it"),
        required=False,
        max_length=100,
    )
    steps = blocks.ListBlock(
        blocks.StructBlock(
            [
                (
                    "title",
                    blocks.CharBlock(
                        label=_("what to do"),
                        help_text=_("One action. Example: Take the PC off the network"),
                        max_length=100,
                    ),
                ),
                (
                    "text",
                    blocks.RichTextBlock(
                        label=_("details"),
                        help_text=_("How, or why. May stay empty."),
                        features=RICH_TEXT_FEATURES,
                        required=False,
                    ),
                ),
            ]
        ),
        label=_("steps"),
    )

    class Meta:
        icon = "list-ol"
        label = _("list of steps")
        template = "courses/blocks/steps_list.html"


class AccordionBlock(blocks.StructBlock):
    items = blocks.ListBlock(
        blocks.StructBlock(
            [
                (
                    "title",
                    blocks.CharBlock(
                        label=_("question or title"),
                        help_text=_("Example: Need I not change my password regularly?"),
                        max_length=150,
                    ),
                ),
                ("text", blocks.RichTextBlock(label=_("text"), features=RICH_TEXT_FEATURES)),
            ]
        ),
        label=_("entries"),
    )

    class Meta:
        icon = "collapse-down"
        label = _("accordion")
        template = "courses/blocks/accordion.html"


class DocumentBlock(blocks.StructBlock):
    document = DocumentChooserBlock(label=_("document"))
    text = blocks.CharBlock(
        label=_("what it is for"),
        help_text=_("Example: Print it and put it beside the telephone."),
        required=False,
        max_length=200,
    )

    class Meta:
        icon = "doc-full"
        label = _("document")
        template = "courses/blocks/document.html"


class RecordingBlock(blocks.StructBlock):
    recording = SnippetChooserBlock(
        "courses.Recording",
        label=_("video or audio"),
        help_text=_("It is added under “Videos and audio” first."),
    )
    must_be_watched = blocks.BooleanBlock(
        label=_("must be watched to the end"),
        required=False,
        help_text=_(
            "The lesson is completed only after nearly all of it was played, or its transcript "
            "read. Leave it off where a quiz asks about it anyway."
        ),
    )

    class Meta:
        icon = "media"
        label = _("video or audio")
        template = "courses/blocks/recording.html"

    def get_searchable_content(self, value: Any) -> list[str]:
        recording = value["recording"]
        return [recording.title, recording.transcript] if recording else []


class QuoteBlock(blocks.StructBlock):
    text = blocks.TextBlock(
        label=_("quoted text"), help_text=_("Word for word, without quotation marks."), rows=3
    )
    source = blocks.CharBlock(
        label=_("source"),
        help_text=_("Where it stands. Example: Information security policy, article 5"),
        max_length=200,
    )

    class Meta:
        icon = "openquote"
        label = _("quote")
        template = "courses/blocks/quote.html"


class CodeBlock(blocks.StructBlock):
    title = blocks.CharBlock(
        label=_("what it is"),
        help_text=_("Example: Excel formula, file name, command"),
        max_length=100,
    )
    code = blocks.TextBlock(
        label=_("text to type"),
        help_text=_('Exactly as it is typed. Example: =COUNTIF(A1:A9, "done")'),
        rows=4,
    )

    class Meta:
        icon = "code"
        label = _("code")
        template = "courses/blocks/code.html"


class SelfCheckBlock(blocks.StructBlock):
    """A question to think about while reading. Each choice opens into its own answer; nothing of
    what a learner opens is sent anywhere."""

    question = blocks.TextBlock(
        label=_("question"),
        help_text=_("Example: Somebody asks for your password by telephone. What do you do?"),
        rows=2,
    )
    choices = blocks.ListBlock(
        blocks.StructBlock(
            [
                (
                    "text",
                    blocks.CharBlock(
                        label=_("choice"),
                        help_text=_(
                            "What somebody might really do. Example: Hang up and tell the section"
                        ),
                        max_length=150,
                    ),
                ),
                (
                    "is_right",
                    blocks.BooleanBlock(
                        label=_("right"), help_text=_("Several may be right."), required=False
                    ),
                ),
                (
                    "feedback",
                    blocks.TextBlock(
                        label=_("why"),
                        help_text=_("Shown when the learner opens this choice. Say why."),
                        rows=2,
                    ),
                ),
            ]
        ),
        label=_("choices"),
        min_num=2,
        max_num=6,
    )

    class Meta:
        icon = "help"
        label = _("self-check")
        template = "courses/blocks/self_check.html"

    def clean(self, value: Any) -> Any:
        cleaned = super().clean(value)
        right = sum(choice["is_right"] for choice in cleaned["choices"])
        if not 0 < right < len(cleaned["choices"]):
            raise blocks.StructBlockValidationError(
                block_errors={
                    "choices": ValidationError(
                        _("Mark at least one choice as right, and leave at least one unmarked.")
                    )
                }
            )
        return cleaned


class LessonBody(blocks.StreamBlock):
    heading = blocks.CharBlock(
        label=_("heading"),
        help_text=_("Example: When you have opened it. It stands in the contents of the lesson."),
        icon="title",
        form_classname="title",
        max_length=100,
        template="courses/blocks/heading.html",
    )
    text = blocks.RichTextBlock(
        label=_("text"), features=RICH_TEXT_FEATURES, template="courses/blocks/text.html"
    )
    picture = PictureBlock()
    callout = CalloutBlock()
    steps_list = StepsListBlock()
    table = TableBlock(label=_("table"), template="courses/blocks/table.html")
    accordion = AccordionBlock()
    document = DocumentBlock()
    recording = RecordingBlock()
    quote = QuoteBlock()
    code = CodeBlock()
    self_check = SelfCheckBlock()
