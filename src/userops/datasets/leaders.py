"""Leaders: who may bring users, as a list of group leaders or affiliates names them, one row each.

leaders
    Group leaders, affiliates and whoever else is to bring users. Those who brought nobody are only
    known from this list.
the same leader
    Rows with one leader_id are one leader, since the earliest of their times.
"""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Same, Type, names

LEADERS = Dataset(
    "leaders",
    "leader",
    (
        Field(
            "leader_id",
            Type.ID,
            "the leader, as users' inviters or the orders write it",
            names(
                "leader id,leader,leader phone,affiliate id,affiliate,distributor id,distributor,"
                "团长id,团长编号,团长手机号,团长手机,团长,分销员手机号,分销员id,分销员,推广员id,推广员手机号,推广员,"
                "phone,phone number,mobile,手机号,手机,联系电话"
            ),
            needed=True,
            zh="团长，与用户的邀请人或订单写法一致。",
        ),
        Field(
            "name",
            Type.TEXT,
            "what the leader is called",
            names("name,leader name,nickname,姓名,昵称,团长姓名,团长昵称,分销员姓名,推广员姓名"),
            zh="团长的称呼。",
        ),
        Field(
            "group_id",
            Type.ID,
            "the group that the leader looks after",
            names("group id,chat id,群id,群编号,社群id"),
            zh="团长负责的群。",
        ),
        Field(
            "group_name",
            Type.TEXT,
            "what that group is called",
            names("group name,group,team,群名称,群,社群,团队,分组"),
            zh="该群的名称。",
        ),
        Field(
            "since",
            Type.TIME,
            "when the leader began",
            names(
                "since,joined,joined at,start,start date,加入时间,成为团长时间,开始时间,开始日期"
            ),
            zh="何时成为团长。",
        ),
        Field(
            "phone",
            Type.TEXT,
            "the leader's phone, compared and never shown",
            names("phone,phone number,mobile,手机号,手机,联系电话"),
            zh="团长的手机号：只作比较，从不显示。",
        ),
        Field(
            "email",
            Type.TEXT,
            "the leader's e-mail address, compared and never shown",
            names("email,e-mail,email address,邮箱,电子邮箱"),
            zh="团长的电子邮箱：只作比较，从不显示。",
        ),
    ),
    same=Same(
        "another row of the same leader", zh="同一团长的另一行", key=("leader_id",), by="since"
    ),
    time="since",
    zh="团长",
)
