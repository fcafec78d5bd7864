"""Names of files mislead nobody: no reader, no header, no program."""

import pytest

from runtime.media.names import LONGEST_NAME, clean_name, disposition


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("palm.jpg", "palm.jpg"),
        ("手相 照片.jpg", "手相 照片.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ann\\palm.jpg", "palm.jpg"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie x"),
        ("a\0b\x7f\x85c\u2028d.png", "abcd.png"),
        ("..", "file"),
        (".htaccess", "htaccess"),
        ("", "file"),
        (None, "file"),
        ("///", "file"),
        ("\u200f\u200b ", "file"),
        ('a"b<c>|*?.png', "abc.png"),
        ("\ud800.png", "png"),
        ("x" * 500, "x" * LONGEST_NAME),
    ],
)
def test_a_name_is_made_fit(given: str | None, clean: str) -> None:
    assert clean_name(given) == clean


def test_a_header_carries_any_name() -> None:
    header = disposition('手相 "1" 100%.jpg', inline=True)

    assert header.isascii()
    assert header == (
        'inline; filename="__ _1_ 100_.jpg"; '
        "filename*=UTF-8''%E6%89%8B%E7%9B%B8%20%221%22%20100%25.jpg"
    )
    assert disposition("a", inline=False).startswith("attachment; ")
