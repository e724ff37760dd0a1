"""Messages: what was said in groups, one row a message.

message
    What a member wrote. Lines of the system, recalled messages and what staff or robots write are none.
"""

from __future__ import annotations

from userops.datasets.fields import Dataset, Field, Same, Type, names

MESSAGES = Dataset(
    "messages",
    "message",
    (
        Field(
            "group_id",
            Type.ID,
            "the group",
            names(
                "group id,chat id,room id,roomid,channel id,conversation id,群id,群编号,群聊id,社群id"
            ),
            needed=True,
            instead=("group",),
            zh="所在的群。",
        ),
        Field(
            "group",
            Type.TEXT,
            "what the group is called",
            names(
                "group,group name,chat name,chat,room,room name,conversation,群名称,群名,群聊名称,群聊,群"
            ),
            zh="群名称。",
        ),
        Field(
            "user_id",
            Type.ID,
            "who wrote it; nobody for lines of the system",
            names(
                "user id,user,userid,sender id,sender userid,author id,authorid,from id,member id,"
                "external userid,wxid,sender wxid,from user,talker,用户id,用户编号,发送人id,发送者id,"
                "发言人id,成员id,openid,unionid,sender,from,author,发言人,发送人,发送者,用户"
            ),
            needed=True,
            instead=("kind",),
            zh="发言的人；系统消息为空。",
        ),
        Field(
            "time",
            Type.TIME,
            "when",
            names(
                "time,message time,msg time,msgtime,sent at,send time,timestamp,date,date time,datetime,"
                "create time,created at,date unixtime,str time,发送时间,消息时间,发言时间,时间,日期"
            ),
            needed=True,
            zh="发送时间。",
        ),
        Field(
            "text",
            Type.TEXT,
            "what it says: read for whom it quotes or mentions, and shown nowhere",
            names("text,content,message,body,msg,str content,text content,内容,消息内容,消息,文本"),
            zh="内容：只用来看引用了谁、提到了谁，不在任何地方显示。",
        ),
        Field(
            "message_id",
            Type.ID,
            "its own id",
            names("message id,msg id,msgid,msg svr id,消息id,消息编号"),
            zh="消息编号。",
        ),
        Field(
            "reply_to",
            Type.ID,
            "the id of the message that it answers",
            names(
                "reply to,reply to message id,reply to id,in reply to,replied to,reply to msgid,parent id,"
                "回复消息id,被回复消息id,回复"
            ),
            zh="所回复消息的编号。",
        ),
        Field(
            "mentions",
            Type.TEXT,
            "ids of whom it mentions, with commas or spaces between",
            names("mentions,mentioned,mentioned ids,mentioned list,at list,提及,提到,@列表,at用户"),
            zh="提到的人的编号，逗号或空格分隔。",
        ),
        Field(
            "quote",
            Type.ID,
            "the id of the message that it quotes, or of who wrote that",
            names(
                "quote,quoted,quote id,quoted id,quoted user,quote user,quoted user id,引用,引用消息id,被引用人"
            ),
            zh="所引用的消息的编号，或其发言人的编号。",
        ),
        Field(
            "name",
            Type.TEXT,
            "what the writer is called in the group: whom quotes and mentions in a text mean",
            names(
                "name,sender name,user name,username,nickname,nick name,group nickname,display name,"
                "昵称,群昵称,发送人昵称,发言人昵称,姓名"
            ),
            zh="发言人在群里的称呼：用于辨认文本中引用和提到的人。",
        ),
        Field(
            "kind",
            Type.TEXT,
            "of which kind it is: system, recalled, or what people send",
            names("kind,message type,msg type,msgtype,message kind,type,action,消息类型,类型"),
            zh="属于哪一类：系统消息、撤回，或人发送的内容。",
        ),
        Field(
            "system",
            Type.TEXT,
            "whether it's a line of the system",
            names("system,is system,system message,系统消息,是否系统消息"),
            zh="是否系统消息。",
        ),
        Field(
            "recalled",
            Type.TEXT,
            "whether it was recalled",
            names("recalled,is recalled,revoked,is revoked,recall,deleted,撤回,是否撤回,已撤回"),
            zh="是否已撤回。",
        ),
        Field(
            "member_type",
            Type.TEXT,
            "whether the writer is staff or a customer; WeCom's 1 is staff",
            names("member type,user type,sender type,role,成员类型,用户类型,身份,角色"),
            zh="发言人是员工还是客户；企业微信的 1 是员工。",
        ),
        Field(
            "unionid",
            Type.ID,
            "the writer's unionid",
            names("unionid,union id"),
            zh="微信 unionid。",
        ),
        Field(
            "external_userid",
            Type.ID,
            "the writer's external_userid in WeCom",
            names("external userid,external user id,外部联系人id"),
            zh="企业微信的 external_userid。",
        ),
        Field(
            "phone",
            Type.ID,
            "the writer's phone",
            names("phone,phone number,mobile,手机,手机号,手机号码"),
            zh="手机号。",
        ),
    ),
    same=Same(
        "the same message again",
        zh="同一消息再次出现",
        key=("group_id", "message_id"),
        by="time",
        # Groups of one name may count their messages alike, but not at one time.
        for_blank={"group_id": ("group", "time")},
    ),
    time="time",
    blank_in_totals="user_id",
    private=True,
    of_chats=True,
    zh="群消息",
)
