import pytest

from lms.core.text import full_width_kana, search_key


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("山田　太郎", "山田太郎"),
        ("ﾔﾏﾀﾞ ﾀﾛｳ", "ヤマダタロウ"),
        ("Ｙａｍａｄａ", "yamada"),
        ("００１２", "0012"),
        ("葛\U000e0100城", "葛城"),
    ],
)
def test_a_key_is_the_same_for_every_way_of_typing(given: str, key: str) -> None:
    assert search_key(given) == key


def test_parts_stay_apart_and_empty_ones_leave_nothing() -> None:
    assert search_key("0012", "山田 太郎", "") == "0012 山田太郎"


def test_only_half_width_kana_changes_when_kana_is_widened() -> None:
    # U+FA19 is a compatibility character: normalising it would print another 神 on a certificate.
    assert full_width_kana("\ufa19谷 ｶﾐﾔ ﾊﾟｰﾙ ABC①") == "\ufa19谷 カミヤ パール ABC①"
