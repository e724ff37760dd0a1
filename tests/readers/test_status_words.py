"""Status words of many languages: read by themselves; what's unknown is asked about, with counts."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from helpers.running import userops
from helpers.ways import carefully
from userops.datasets.orders import Status
from userops.datasets.status_words import BY_LANGUAGE, folded, known

EXAMPLES = [
    ("fr", "Payée", "Annulé", "Remboursé"),
    ("de", "Abgeschlossen", "Storniert", "Erstattet"),
    ("es", "Completado", "Pendiente de pago", "Reembolsado"),
    ("pt", "Concluído", "Aguardando pagamento", "Devolvido"),
    ("id", "Selesai", "Belum Bayar", "Dikembalikan"),
    ("vi", "Hoàn thành", "Đã hủy", "Đã hoàn tiền"),
    ("th", "จัดส่งแล้ว", "ยกเลิกแล้ว", "คืนเงินแล้ว"),
    ("ja", "発送済み", "キャンセル", "返金済み"),
]  # fmt: skip


def shop(path: Path, *words: str) -> Path:
    """Two paid orders, and one of each of the other words, all of different users."""
    valid, *others = words
    rows = [f"{n},u{n},2025-01-0{n},10.00,{word}" for n, word in enumerate((valid, valid, *others), start=1)]  # fmt: skip
    path.write_text("\n".join(["order_id,user_id,date,amount,status", *rows]) + "\n", "utf-8")
    return path


def users(*arguments: object) -> list[object]:
    ran = userops("segment", *arguments, "-f", "json")
    assert ran.code == 0, ran.err
    return [row["user_id"] for row in json.loads(ran.out)]


@pytest.mark.parametrize(("language", "valid", "void", "refunded"), EXAMPLES)
def test_words_of_a_language_are_read(
    language: str, valid: str, void: str, refunded: str, tmp_path: Path
) -> None:
    path = shop(tmp_path / "orders.csv", valid, void, refunded)
    assert users(path) == ["u1", "u2"]
    with carefully():
        assert users(path) == ["u1", "u2"]
    said = userops("segment", path).err
    assert "1 cancelled, unpaid or closed" in said
    assert "1 fully refunded" in said


def test_accents_written_as_two_characters_are_the_same(tmp_path: Path) -> None:
    word = unicodedata.normalize("NFD", "Expédiée")
    assert users(shop(tmp_path / "orders.csv", word, "annulé")) == ["u1", "u2"]


def test_an_unknown_word_is_asked_about_with_its_count(tmp_path: Path) -> None:
    ran = userops("segment", shop(tmp_path / "orders.csv", "bezahlt", "Offen", "Offen"))
    assert ran.code == 3
    assert "unknown in 'status': Offen (2)" in ran.err
    assert "--status Offen=valid" in ran.err or "--status 'Offen=valid'" in ran.err


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_every_language_has_words_of_each_meaning(language: str) -> None:
    assert all(BY_LANGUAGE[language][status] for status in Status)


def test_no_word_means_two_things() -> None:
    meanings: dict[str, set[str]] = {}
    for by_status in BY_LANGUAGE.values():
        for status, words in by_status.items():
            for word in words:
                meanings.setdefault(folded(word), set()).add(status)
    assert {word: found for word, found in meanings.items() if len(found) > 1} == {}
    assert all(known()[word] in found for word, found in meanings.items())
