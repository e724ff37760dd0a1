"""Who is who: by an export of identities, by contacts that both sides have, and by nothing else."""

from __future__ import annotations

import polars as pl
import pytest

from userops.core.errors import InputError
from userops.customers.identities import match

SHOP = pl.Series(["u1", "u2", "u3", "13800138000"])


def test_identities_of_whom_the_shop_knows_nobody_stop() -> None:
    """By a phone where the shop has other ids: everybody would be matched, and have ordered nothing."""
    members = people(*(f"m{n}" for n in range(20)))
    given = pl.DataFrame(
        {
            "user_id": [f"1380000{n:04}" for n in range(20)],
            "member_id": [f"m{n}" for n in range(20)],
        }
    )
    shop = pl.Series("user_id", [f"u{n}" for n in range(20)])
    with pytest.raises(InputError, match="none of the 20 users of the identities") as stopped:
        match(members, shop, given)
    assert "identities have 13800000000, the shop has u0" in stopped.value.mend
    # Of a few nobody need have ordered yet.
    assert match(members, shop, given[:3]).matched == 3
    assert match(members, pl.concat([shop, given["user_id"][:1]]), given).matched == 20


def people(*ids: str, **contacts: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"member_id": list(ids), **contacts})


def pairs(*given: tuple[str, str]) -> pl.DataFrame:
    return pl.DataFrame(given, ["member_id", "user_id"], orient="row")


def test_identities_say_who_is_who_and_the_rest_is_unknown() -> None:
    found = match(people("b", "a", "c", "a"), SHOP, pairs(("a", "u1"), ("b", "u9")))
    assert found.pairs.rows() == [("a", "u1"), ("b", "u9"), ("c", None)]
    assert (found.matched, found.coverage) == (2, 2 / 3)


def test_one_id_is_one_person_only_where_nothing_else_says_who_is_who() -> None:
    assert match(people("u1", "x"), SHOP).pairs.rows() == [("u1", "u1"), ("x", None)]
    with_identities = match(people("u1", "x"), SHOP, pairs(("x", "u1")))
    assert with_identities.pairs.rows() == [("u1", None), ("x", "u1")]


def test_contacts_that_both_sides_have() -> None:
    members = people("m1", "m2", "m3", unionid=["o1", None, "o3"], phone=[None, "+86 138-0013-8000", None])  # fmt: skip
    users = pl.DataFrame({"user_id": ["u1", "u3"], "unionid": ["o1", "o9"]})
    found = match(members, SHOP, users=users)
    assert found.pairs.rows() == [("m1", "u1"), ("m2", "13800138000"), ("m3", None)]


def test_one_chat_id_with_two_shop_users_stops() -> None:
    with pytest.raises(InputError, match="m1 is 2 users of the shop: u1, u2"):
        match(people("m1"), SHOP, pairs(("m1", "u1"), ("m1", "u2"), ("m1", "u1")))


def test_one_shop_user_may_have_two_chat_ids() -> None:
    found = match(people("m1", "m2"), SHOP, pairs(("m1", "u1"), ("m2", "u1")))
    assert found.pairs["user_id"].to_list() == ["u1", "u1"]


def test_keys_that_disagree_stop_and_a_shared_phone_is_settled_by_the_id() -> None:
    identities = pl.DataFrame(
        {"user_id": ["u1", "u2"], "member_id": ["m1", "m2"], "phone": ["139000", "13912345678"]}
    )
    shared = identities.with_columns(phone=pl.lit("13912345678"))
    members = people("m1", phone=["13912345678"])
    assert match(members, SHOP, shared).pairs.rows() == [("m1", "u1")]
    with pytest.raises(InputError, match="m1 is 2 users"):
        match(members, SHOP, identities)


def test_masked_keys_stop_and_another_key_may_serve() -> None:
    masked = pl.DataFrame({"user_id": ["u1", "u2"], "phone": ["138****0001", "139****0002"]})
    with pytest.raises(InputError, match=r"phone is masked, as in 138\*\*\*\*0001"):
        match(people("m1"), SHOP, masked)
    with pytest.raises(InputError, match="phone is masked"):
        match(people("m1", phone=["138****0001"]), SHOP, pairs(("m1", "u1")))
    unionids = masked.with_columns(unionid=pl.Series(["o1", "o2"]))
    assert match(people("o1"), SHOP, unionids).pairs.rows() == [("o1", "u1")]


def test_nicknames_never_join() -> None:
    users = pl.DataFrame({"user_id": ["u1"], "nickname": ["Lily"]})
    assert match(people("Lily", nickname=["u1"]), SHOP, users=users).matched == 0


def test_identities_without_ids_of_chats_stop() -> None:
    with pytest.raises(InputError, match="no column says what people are called in chats"):
        match(people("m1"), SHOP, pl.DataFrame({"user_id": ["u1"], "phone": [None]}))


def test_a_masked_key_of_the_users_export_stops_only_who_asks_for_it() -> None:
    users = pl.DataFrame({"user_id": ["u1", "u2"], "phone": ["138****0001", "139****0002"]})
    assert match(people("u1", "m9"), SHOP, users=users).matched == 1
    by_phone = people("u1", "m9").with_columns(phone=pl.Series(["13800000001", "13900000002"]))
    with pytest.raises(InputError, match="phone is masked"):
        match(by_phone, SHOP, users=users)
