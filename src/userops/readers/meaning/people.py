"""Columns that say who someone is: how they're called, and of which kind they are."""

from __future__ import annotations

from userops.datasets.fields import names
from userops.readers.meaning.headers import bare, words

EMAILS = names(
    "email,e-mail,email address,user email,customer email,buyer email,billing email,contact email,"
    "customer e-mail,mail,邮箱,电子邮箱,邮件,买家邮箱,客户邮箱"
)
PHONES = names(
    "phone,phone number,mobile,mobile number,mobile phone,cell phone,telephone,tel,customer phone,"
    "buyer phone,billing phone,contact phone,手机,手机号,手机号码,电话,电话号码,联系电话,联系手机,"
    "买家手机,客户手机,会员手机"
)
NAMES = names(
    "customer name,customer full name,full name,buyer name,billing name,client name,user name,"
    "username,contact name,customer,buyer,name,姓名,客户姓名,客户名称,买家姓名,买家昵称,会员名称,"
    "会员姓名,昵称"
)
_ENDS_OF_NAMES = (
    *("name", "nom", "nombre", "nome", "nama", "姓名", "名称", "昵称", "会员名", "氏名", "이름"),
)
_CONTACTS = ("email", "mail", "phone", "mobile", "tel", "手机", "邮箱", "电话", "openid", "unionid")
_USERS = {
    *("user", "customer", "client", "buyer", "member", "shopper", "account", "contact", "person"),
    *("email", "mail", "phone", "mobile", "openid", "unionid", "uid", "unique"),
    *("kunde", "cliente", "acheteur", "pelanggan", "pembeli"),
}
# Of names written without spaces.
_PARTS = (
    *("用户", "会员", "客户", "买家", "顾客", "手机", "邮箱", "顧客", "会員", "고객", "회원"),
)


def is_name(column: str) -> bool:
    """Whether a column holds what people are called, which two may share."""
    spelled = bare(column)
    return any(spelled.endswith(name) for name in _ENDS_OF_NAMES)


def is_contact(column: str) -> bool:
    """Whether a column holds an address or a number that reaches one person."""
    spelled = bare(column)
    return any(part in spelled for part in _CONTACTS)


def speaks_of_users(column: str) -> bool:
    """Whether a column's name says that it's about users at all."""
    return bool(_USERS & set(words(column))) or any(part in column for part in _PARTS)
