"""The parts a lesson is written in. Every one has a template under templates/courses/blocks/."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.table_block.blocks import TableBlock
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageChooserBlock

RICH_TEXT_FEATURES = ["bold", "italic", "ol", "ul", "link", "document-link"]


class PictureBlock(blocks.StructBlock):
    image = ImageChooserBlock(label=_("picture"))
    alt_text = blocks.CharBlock(
        label=_("description for those who do not see it"),
        help_text=_("Say what the picture tells, in one sentence."),
        max_length=300,
    )
    caption = blocks.CharBlock(label=_("caption"), required=False, max_length=300)

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
        default="point",
    )
    title = blocks.CharBlock(label=_("title"), required=False, max_length=100)
    text = blocks.RichTextBlock(label=_("text"), features=RICH_TEXT_FEATURES)

    class Meta:
        icon = "info-circle"
        label = _("callout")
        template = "courses/blocks/callout.html"


class StepsListBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("title"), required=False, max_length=100)
    steps = blocks.ListBlock(
        blocks.StructBlock(
            [
                ("title", blocks.CharBlock(label=_("what to do"), max_length=100)),
                (
                    "text",
                    blocks.RichTextBlock(
                        label=_("details"), features=RICH_TEXT_FEATURES, required=False
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
                ("title", blocks.CharBlock(label=_("question or title"), max_length=150)),
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
    text = blocks.CharBlock(label=_("what it is for"), required=False, max_length=200)

    class Meta:
        icon = "doc-full"
        label = _("document")
        template = "courses/blocks/document.html"


class LessonBody(blocks.StreamBlock):
    heading = blocks.CharBlock(
        label=_("heading"),
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
