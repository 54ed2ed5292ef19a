"""Words under which files know the usual fields. A group holds words that mean one thing, folded as
`fold` does.
"""

import re
import unicodedata

_NOISE = re.compile(r"[\s_\-./\\()\[\]{}:：*#（）【】]+")


def fold(name: str) -> str:
    """Return `name` without what people vary: case, width, spaces, dashes, brackets."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", name).casefold())


_GROUPS = """
手机 手机号 手机号码 电话 电话号码 联系电话 联系方式 移动电话 mobile mobilephone mobileno phone
    phonenumber phoneno tel telephone cell cellphone
客户号 客户编号 客户id 客户代码 客户 会员 会员号 会员编号 会员id 会员卡号 customer customerid
    customerno customernumber customercode custid custno cust client
    clientid member memberid memberno userid buyerid 用户id 用户编号 买家id
姓名 名字 客户姓名 客户名称 客户名 会员姓名 会员名 会员名称 顾客姓名 名称 name fullname customername membername
    clientname
邮箱 电子邮箱 电子邮件 邮件 邮箱地址 email emailaddress mail
性别 gender sex
生日 出生日期 出生年月日 birthday birthdate dateofbirth dob
城市 所在城市 市 city town
省份 省 所在省份 province state
国家 国家地区 country
地址 联系地址 详细地址 收货地址 address addr
订单号 订单编号 订单id 单号 发票号 order orderid orderno ordernumber invoice invoiceno
    invoiceid invoicenumber transactionid
下单时间 下单日期 订单时间 订单日期 购买时间 交易时间 交易日期 ordertime orderdate ordered orderedat
    invoicedate purchasedate date day 日期 时间
金额 订单金额 消费金额 实付金额 支付金额 总金额 总额 amount total totalamount orderamount
    revenue spend paid dollars
数量 件数 购买数量 quantity qty count items lines
单价 价格 unitprice price
商品编号 商品编码 货号 产品编号 sku stockcode productid productcode itemno
商品 商品名称 产品名称 品名 描述 description product productname item itemname
注册时间 注册日期 入会时间 入会日期 加入时间 registered registeredat registrationdate joined
    joindate signupdate createdat
等级 会员等级 客户等级 级别 层级 level tier grade memberlevel
积分 会员积分 points score
备注 说明 note notes remark remarks comment comments memo
渠道 来源 来源渠道 channel source
门店 店铺 门店名称 shop store storename
"""
"""A line is a group, an indented line goes on with it."""
MEANING: dict[str, int] = {
    word: number
    for number, group in enumerate(_GROUPS.replace("\n    ", " ").splitlines())
    for word in group.split()
}
"""Folded word → the number of its group."""
