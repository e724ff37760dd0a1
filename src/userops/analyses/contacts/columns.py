"""By what columns exports tell what lists of contacts ask beside their fields."""

from __future__ import annotations

BIRTHDAY_NAMES = (
    "birthday", "birth date", "date of birth", "dob", "生日", "出生日期", "出生年月日",
)  # fmt: skip
AGENT_NAMES = (
    "agent id", "agent", "owner", "account manager", "添加人账号", "添加人", "专属导购", "导购员", "客服",
    "跟进人",
)  # fmt: skip
NAME_NAMES = (
    "name", "customer name", "user name", "full name", "nickname", "remark", "姓名", "客户姓名", "会员姓名",
    "昵称", "客户名称", "备注名", "备注",
)  # fmt: skip
EXPIRES_NAMES = (
    "expires", "expires at", "expiry date", "expiration date", "valid until", "valid to", "到期时间",
    "过期时间", "失效时间", "有效期至", "有效期止", "到期日",
)  # fmt: skip
