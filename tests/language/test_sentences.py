"""Everything that people are told on the command line has its Chinese, and no line of that is idle."""

from __future__ import annotations

import ast
import re
import string
from functools import cache

from columns import SOURCE
from helpers.sentences import AS_IT_IS, all_sentences, english_in
from userops.language import sentences, vocabulary

HAN = re.compile(r"[\u4e00-\u9fff]")
# Sentences of others: of Typer, of the system and of those who read TOML and check values.
OF_OTHERS = ("typer", "system", "toml", "pydantic")


def filled(template: str) -> str:
    """A sentence of the source with something in its blanks; one that's put before the rest left out."""
    text = re.sub(r"^\{\}(?=[A-Za-z]|\{:|--)|(?<=[a-z}])\{\}", "", template)
    text = re.sub(r"\{:([^|{}]+)\|[^{}]+\}", r"1 \1", text)
    return text.replace("{}", "'7'").replace("{{", "{").replace("}}", "}")


def test_every_sentence_has_its_chinese() -> None:
    lacking = {}
    for template, place in all_sentences().items():
        told = sentences.in_chinese(filled(template))
        if english_in(told) or (
            told == filled(template) and re.search(r"[a-z]{2,} [a-z]{2,}", AS_IT_IS.sub("", told))
        ):
            lacking[template] = f"{place}: {told}"
    assert not lacking, "without Chinese in src/userops/language/messages.toml"


@cache
def texts_of_the_source() -> str:
    """Every text that stands in the source, and what presets say."""
    found = [
        " ".join(node.value.split())
        for file in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    found += [file.read_text(encoding="utf-8") for file in (SOURCE / "readers/presets").glob("*")
              if file.suffix == ".toml"]  # fmt: skip
    return "\n".join(found)


def idle(english: str) -> list[str]:
    """The parts of a sentence that nothing in the source says."""
    parts = [part for part, *_ in string.Formatter().parse(english) if part]
    words = [
        word for part in parts for word in re.split(r"(?:\s*[;:,()?]\s*|\s{2,})(?:or )?", part)
    ]
    return [word for word in words if word.strip() and word.strip() not in texts_of_the_source()]


def test_no_sentence_is_idle() -> None:
    ours = (said for room, said in sentences.rooms().items() if room not in OF_OTHERS)
    nobodys = {english: idle(english) for said in ours for english in said if idle(english)}
    assert not nobodys, "in messages.toml, but nothing in the source says it (any more)"


def test_chinese_keeps_the_blanks() -> None:
    def blanks(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for english, chinese in sentences.known().items():
        assert blanks(chinese) == blanks(english)
        # Marks are the full ones, and nothing was left in English.
        assert not re.search(r"[\u4e00-\u9fff][,;:!?] ?[\u4e00-\u9fff]", chinese), chinese
        assert english_in(re.sub(r"\{.*?\}", "", chinese)) is None, chinese


def test_no_sentence_stands_twice() -> None:
    said = [english for room in sentences.rooms().values() for english in room]
    assert len(said) == len(set(said))
    assert not set(said) & set(vocabulary.everywhere("messages"))


def test_what_stood_in_blanks_stays_as_it_was() -> None:
    said = sentences.in_chinese
    assert said("no such file.csv: no such file") == "no such file.csv：没有这个文件"
    assert said("a: no such file: no such file") == "a: no such file：没有这个文件"
    assert said("{x}.csv: is empty") == "{x}.csv：是空文件"
    # A column that's called as a word of ours is the user's.
    assert (
        said("a.csv: no column named 'orders' for user_id")
        == "a.csv：没有叫“orders”的列可作 user_id"
    )
    assert said("what nobody says") == "what nobody says"


def test_what_stands_in_blanks_is_told_where_it_is_ours() -> None:
    said = sentences.in_chinese
    assert said("reading orders") == "正在读取订单"
    assert said("taken for orders: for it has a; --dataset says otherwise") == (
        "识别为订单：因为有列 a；可用 --dataset 指定"
    )
    assert said("x.xlsx can't be written: Permission denied") == "无法写入 x.xlsx：没有权限"
