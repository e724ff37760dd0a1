"""By what columns a users export tells attributes."""

from __future__ import annotations

# By what each attribute's column may be called in a users export, best first.
COLUMNS: dict[str, tuple[str, ...]] = {
    "gender": ("gender", "sex", "性别"),
    "birthday": (
        "birthday",
        "birth date",
        "date of birth",
        "dob",
        "生日",
        "出生日期",
        "出生年月日",
    ),
    "age": ("age", "年龄"),
    "age_band": ("age band", "age group", "age range", "年龄段", "年龄区间"),
    "region": ("region", "province", "state", "地区", "省份", "省", "所在省份", "所在地区"),
    "address": ("address", "地址", "收货地址", "详细地址", "联系地址"),
    "channel": ("channel",),
}
NAMES = tuple(name for names in COLUMNS.values() for name in names)
