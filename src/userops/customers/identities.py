"""Who the people of chats, groups and call logs are in the shop.

An export of identities joins their ids, and so do the unionid, external_userid or phone that both
sides have. Where there's no export of identities, an id that both sides have is one person's. A
nickname joins nobody. Whoever isn't matched is unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from userops.core.errors import InputError
from userops.core.messages import Note
from userops.customers import phones
from userops.datasets.identities import KEYS
from userops.engines import query
from userops.engines.runs import changes
from userops.readers.values import text as text_values

# What a person may be known by on both sides, beside ids of a chat.
CONTACTS = KEYS[1:]
_KIND, _KEY = "kind", "key"
_LINKS = {_KIND: pl.String, _KEY: pl.String, "user_id": pl.String}
_SHOWN = 3
_MANY = 20


@dataclass(frozen=True, slots=True)
class Matching:
    """Who is who.

    `pairs` are `member_id, user_id`, a row a person of the chats, by member_id; user_id is null for
    whoever isn't known in the shop. `notes` say what was joined by what.
    """

    pairs: pl.DataFrame
    notes: tuple[Note, ...] = ()

    @property
    def matched(self) -> int:
        """How many are known in the shop."""
        return int(self.pairs["user_id"].count())

    @property
    def coverage(self) -> float | None:
        """The share of them; None where there's nobody."""
        return self.matched / len(self.pairs) if len(self.pairs) else None


def known_by(members: pl.Series, rows: Sequence[pl.LazyFrame]) -> pl.DataFrame:
    """What members are known by: `member_id` and CONTACTS, by member_id; a member may stand on several rows.

    Args:
        members: ids of chats.
        rows: of memberships and messages: `user_id` and any of CONTACTS.
    """
    known = members.drop_nulls().unique().sort().alias("member_id").to_frame()
    alone = [pl.lit(None, pl.String).alias(name) for name in CONTACTS]
    said = [known.with_columns(alone)]
    for one in rows:
        names = one.collect_schema().names()
        there = [name for name in CONTACTS if name in names]
        if "user_id" in names and there:
            told = pl.any_horizontal(pl.col(name).is_not_null() for name in there)
            found = query.collect(one.filter(told).select(there, member_id="user_id").unique())
            found = found.join(known, on="member_id", how="semi")
            if found.is_empty():
                continue
            said.append(
                found.with_columns(
                    one for name, one in zip(CONTACTS, alone, strict=True) if name not in there
                )
            )
    if len(said) == 1:
        return said[0]
    parts = [one.select("member_id", *CONTACTS) for one in said]
    return pl.concat(parts).unique().sort("member_id", *CONTACTS)


def match(
    people: pl.DataFrame,
    shop_ids: pl.Series,
    identities: pl.DataFrame | None = None,
    users: pl.DataFrame | None = None,
) -> Matching:
    """Match people of chats with users of the shop.

    Args:
        people: `member_id` as the chat writes it, and any of `external_userid, unionid, phone`; a
            person may stand on several rows.
        shop_ids: ids of all users that the shop knows: of its orders, and of its users export.
        identities: rows of an identities export: `user_id` and any of `KEYS`.
        users: rows of a users export: `user_id` and any of `CONTACTS`.

    Raises:
        InputError: a key is masked, one id of a chat is two users of the shop, or the shop knows none
            of many users of the identities.
    """
    ids = people["member_id"].drop_nulls().sort()
    ids = ids.filter(changes(ids))
    links = [
        _links_of(identities, "identities", KEYS),
        _links_of(_with_known_keys(users, people), "users", CONTACTS),
    ]
    if identities is not None:
        _check_one_user(links[0])
        _check_known(links[0]["user_id"], shop_ids)
        if links[0].is_empty() and not identities.is_empty():
            raise InputError(
                "identities: no column says what people are called in chats",
                mend="name one with --map identities.member_id=COLUMN (or external_userid, unionid, phone)",
            )
    kinds = {*links[0][_KIND].unique(), *links[1][_KIND].unique(), *map(_own, KEYS)}
    said = _said(people, kinds, with_own=identities is None)
    known = pl.concat([*links, _own_ids(shop_ids, said)])
    found = (
        said.join(known, on=[_KIND, _KEY], how="inner")
        .unique(["member_id", _KIND, "user_id"])
        .sort("member_id", _KIND, "user_id")
    )
    agreed = _agreed(found)
    pairs = ids.to_frame().join(agreed, on="member_id", how="left", maintain_order="left")
    return Matching(pairs, tuple(_notes(pairs, identities is not None)))


def _links_of(rows: pl.DataFrame | None, export: str, keys: tuple[str, ...]) -> pl.DataFrame:
    """`kind, key, user_id`: whom keys of an export name; nothing without one.

    Raises:
        InputError: all that it could name people by is masked.
    """
    if rows is None:
        return pl.DataFrame(schema=_LINKS)
    there = [name for name in keys if name in rows.columns and rows[name].count()]
    masked = [name for name in there if _is_masked(rows[name])]
    if masked and (len(masked) == len(there) or masked[0] == "member_id"):
        raise _masked(export, masked[0], rows[masked[0]])
    parts = [
        rows.select(
            pl.lit(name).alias(_KIND),
            _key(name, name).alias(_KEY),
            pl.col("user_id").cast(pl.String),
        )
        for name in there
        if name not in masked
    ]
    return pl.concat([pl.DataFrame(schema=_LINKS), *parts]).drop_nulls().unique()


def _with_known_keys(users: pl.DataFrame | None, people: pl.DataFrame) -> pl.DataFrame | None:
    """A users export without masked keys that nobody of the chats has: these join nobody anyhow."""
    if users is None:
        return None
    asked = [name for name in CONTACTS if name in people.columns and people[name].count()]
    spare = [name for name in CONTACTS if name in users.columns and name not in asked]
    return users.drop(name for name in spare if _is_masked(users[name]))


def _own_ids(shop_ids: pl.Series, said: pl.DataFrame) -> pl.DataFrame:
    """The shop's ids as links to themselves, as far as people are known by them: they may be contacts, too."""
    ids = shop_ids.cast(pl.String).drop_nulls().unique().alias("user_id").to_frame()
    asked = {*said[_KIND].unique()}
    return pl.concat(
        [
            pl.DataFrame(schema=_LINKS),
            *(
                ids.select(
                    pl.lit(_own(kind)).alias(_KIND), _key(kind, "user_id").alias(_KEY), "user_id"
                )
                for kind in KEYS
                if _own(kind) in asked
            ),
        ]
    ).drop_nulls()


def _own(kind: str) -> str:
    """The kind of the shop's own ids that may be what people are known by."""
    return f"own {kind}"


def _said(people: pl.DataFrame, kinds: Collection[str], *, with_own: bool) -> pl.DataFrame:
    """`member_id, kind, key`: all that people are known by of some kinds, also twice; an id of a chat may be of any.

    It's the shop's own id only where no export says whose it is.

    Raises:
        InputError: what people are known by is masked.
    """
    there = [name for name in CONTACTS if name in people.columns and people[name].count()]
    for name in there:
        if _is_masked(people[name]):
            raise _masked("memberships and messages", name, people[name])
    ways = [(kind, kind, "member_id") for kind in KEYS]
    ways += [(name, name, name) for name in there]
    ways += [(_own(name), name, name) for name in there]
    if with_own:
        ways += [(_own(kind), kind, "member_id") for kind in ("member_id", "phone")]
    said = [
        people.filter(_may_be(kind, column)).select(
            "member_id", pl.lit(way).alias(_KIND), _key(kind, column).alias(_KEY)
        )
        for way, kind, column in ways
        if way in kinds
    ]
    nothing = pl.DataFrame(schema=dict.fromkeys(("member_id", _KIND, _KEY), pl.String))
    return pl.concat([nothing, *said]).drop_nulls()


def _key(kind: str, column: str) -> pl.Expr:
    """A key as both sides write it: phones are digits, without China's own 86."""
    text = pl.col(column).cast(pl.String)
    if kind != "phone":
        return text
    digits = phones.plain(text)
    return pl.when(_may_be(kind, column) & (digits.str.len_chars() > 6)).then(digits)


def _may_be(kind: str, column: str) -> pl.Expr:
    """Whether a text looks like a key of a kind: of a phone's digits it may have too few."""
    text = pl.col(column).cast(pl.String)
    return text.str.contains(r"^[+\d][\d\s().-]*$") if kind == "phone" else text.is_not_null()


def _check_one_user(links: pl.DataFrame) -> None:
    """See that an id of a chat is one user's.

    Raises:
        InputError: it's two users'.
    """
    chat = links.filter(pl.col(_KIND).is_in(["member_id", "external_userid"]))
    twice = chat.filter(pl.col(_KEY).is_duplicated())
    several = twice.group_by(_KEY).agg(pl.col("user_id").unique().sort()).sort(_KEY)
    _stop_at_several("identities", several.filter(pl.col("user_id").list.len() > 1))


def _check_known(named: pl.Series, shop_ids: pl.Series) -> None:
    """See that the shop knows somebody of the identities.

    Raises:
        InputError: it knows nobody, of many: another column says who they are, or it's written differently.
    """
    users, known = (one.drop_nulls().cast(pl.String).unique().sort() for one in (named, shop_ids))
    if min(len(users), len(known)) < _MANY or users.is_in(known.implode()).any():
        return
    raise InputError(
        f"none of the {len(users):,} users of the identities has an order or is a user of the shop",
        mend=f"name the column that the shop's ids are in with --map identities.user_id=COLUMN: identities have "
        f"{users[0]}, the shop has {known[0]}",
    )


def _agreed(found: pl.DataFrame) -> pl.DataFrame:
    """`member_id, user_id`: the one user that all of a person's keys name.

    A key that names two users is settled by another that names one of them.

    Raises:
        InputError: they don't agree.
    """
    kinds = pl.col(_KIND).n_unique().over("member_id")
    named = (
        found.with_columns(kinds=kinds)
        .group_by("member_id", "user_id")
        .agg(pl.col("kinds").first(), by=pl.col(_KIND).n_unique())
        .with_columns(most=pl.col("by").max().over("member_id"))
    )
    best = named.filter(pl.col("by") == pl.col("kinds"))
    ends = best.group_by("member_id").agg(pl.col("user_id").sort()).sort("member_id")
    none = named.filter(~pl.col("member_id").is_in(best["member_id"].implode()))
    apart = none.group_by("member_id").agg(pl.col("user_id").unique().sort()).sort("member_id")
    several = pl.concat([ends.filter(pl.col("user_id").list.len() > 1), apart]).sort("member_id")
    _stop_at_several("a person of the chats", several.rename({"member_id": _KEY}))
    return ends.select("member_id", pl.col("user_id").list.first())


def _stop_at_several(where: str, several: pl.DataFrame) -> None:
    if several.is_empty():
        return
    key, users = several.row(0)
    raise InputError(
        f"{where}: {key} is {len(users)} users of the shop: {', '.join(users[:_SHOWN])}"
        + (f"; so {'is' if len(several) == 2 else 'are'} {len(several) - 1:,} more" if len(several) > 1 else ""),
        mend="leave the row that's wrong out of the identities: one chat id is one user",
    )  # fmt: skip


def _is_masked(keys: pl.Series) -> bool:
    return bool(keys.cast(pl.String).str.contains(text_values.MASKED).any())


def _masked(export: str, column: str, keys: pl.Series) -> InputError:
    spoiled = keys.cast(pl.String).filter(keys.cast(pl.String).str.contains(text_values.MASKED))
    return InputError(
        f"{export}: {column} is masked, as in {spoiled.sort()[0]}: it can't say who is who",
        mend="export it unmasked, or join people by another key",
    )


def _notes(pairs: pl.DataFrame, with_identities: bool) -> Iterator[Note]:
    """What to say of who was matched."""
    known, people = int(pairs["user_id"].count()), len(pairs)
    if people and not known:
        yield Note(
            "nobody of {count:person|people} in the groups is matched with a user of the shop: "
            "--identities FILE says who is who",
            count=people,
        )
    elif known < people and not with_identities:
        yield Note(
            "{known} of {count:person|people} in the groups are matched, by ids that orders or users "
            "have, too; the others are unknown, and not people who didn't buy",
            known=f"{known:,}",
            count=people,
        )
    elif known < people:
        yield Note(
            "{known} of {count:person|people} in the groups are matched; the others are unknown, and "
            "not people who didn't buy",
            known=f"{known:,}",
            count=people,
        )
