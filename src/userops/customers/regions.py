"""Regions: from a column of their own, or from an address's first token.

A province of China is one however it's written: 广东, 广东省 and Guangdong are 广东. Anything else
stays as it is.
"""

from __future__ import annotations

import polars as pl

_PROVINCES = {
    "北京": "Beijing", "天津": "Tianjin", "上海": "Shanghai", "重庆": "Chongqing",
    "河北": "Hebei", "山西": "Shanxi", "辽宁": "Liaoning", "吉林": "Jilin",
    "黑龙江": "Heilongjiang", "江苏": "Jiangsu", "浙江": "Zhejiang", "安徽": "Anhui",
    "福建": "Fujian", "江西": "Jiangxi", "山东": "Shandong", "河南": "Henan", "湖北": "Hubei",
    "湖南": "Hunan", "广东": "Guangdong", "海南": "Hainan", "四川": "Sichuan", "贵州": "Guizhou",
    "云南": "Yunnan", "陕西": "Shaanxi", "甘肃": "Gansu", "青海": "Qinghai", "台湾": "Taiwan",
    "内蒙古": "Inner Mongolia", "广西": "Guangxi", "西藏": "Tibet", "宁夏": "Ningxia",
    "新疆": "Xinjiang", "香港": "Hong Kong", "澳门": "Macau",
}  # fmt: skip
# Cities that are called so, too: 吉林市, 海南州 aren't the province.
_PREFIX = r"^\s*(?:中国|China)?[\s,，]*(" + "|".join(_PROVINCES) + ")"
_ENGLISH = {name.casefold(): province for province, name in _PROVINCES.items()} | {
    "macao": "澳门",
    "hongkong": "香港",
}
_FIRST_TOKEN = r"^\s*([^\s,，;；/|-]+)"


def region(column: pl.Expr) -> pl.Expr:
    """A region's own column: provinces by one name, anything else as it is."""
    plain = column.str.strip_chars()
    return pl.coalesce(_province(plain), pl.when(plain != "").then(plain))


def region_of_address(column: pl.Expr) -> pl.Expr:
    """The region that an address begins with: a province by one name, else its first token."""
    plain = column.str.strip_chars()
    return pl.coalesce(_province(plain), plain.str.extract(_FIRST_TOKEN, 1))


def _province(text: pl.Expr) -> pl.Expr:
    english = text.str.to_lowercase().str.replace(r"\s+(province|city|sar|municipality)$", "")
    known = english.replace_strict(_ENGLISH, default=None, return_dtype=pl.String)
    return pl.coalesce(text.str.extract(_PREFIX, 1), known)
