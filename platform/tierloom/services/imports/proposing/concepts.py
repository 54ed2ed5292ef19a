"""What columns are about, by their names: the concepts that files of customers and sales know.

A concept gives a column its key, its name in both languages, a hint at its type, and its place: with whom
or with what a value changes.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from tierloom.domain.fields import DataClass
from tierloom.services.imports.words import fold
from tierloom.text import Label


class Place(StrEnum):
    """Where a column belongs. FREE means that only the data can tell."""

    CUSTOMER = "customer"
    COMPANY = "company"
    CARD = "card"
    ORDER = "order"
    ROW = "row"
    FREE = "free"


class Hint(StrEnum):
    """What the name says about the values; the values decide."""

    ID = "id"
    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    MONEY = "money"
    NUMBER = "number"
    QUANTITY = "quantity"
    PRICE = "price"
    PERCENT = "percent"
    DATE = "date"
    FLAG = "flag"
    CHOICE = "choice"
    TEXT = "text"
    LONG = "long"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Concept:
    """A thing that columns are about. `section` is the part of a form it stands in."""

    key: str
    label: Label
    hint: Hint
    place: Place
    section: str
    data_class: DataClass
    words: tuple[str, ...]


# key | 中文 | English | hint | place | section | further words; an ending "!" after the section marks personal data,
# "!!" sensitive data. An indented line goes on with the one above.
_TABLE = """
customer_id|客户编号|Customer ID|id|customer|basic|客户号 客户代码 会员号 会员编号 会员卡号 会员id 用户编号
    用户id 买家id 买家编号 customer customerid customerno customernumber customercode custid custno clientid
    memberid memberno userid buyerid
company|公司|Company|name|company|basic|公司名称 单位 单位名称 企业 企业名称 客户单位 车队 车队名称
    companyname organisation organization fleet account accountname
company_id|公司编号|Company ID|id|company|basic|单位编号 企业编号 公司代码 companyid companyno accountid
card|卡号|Card number|id|card|basic|油卡 油卡号 加油卡号 加油卡 ic卡号 cardno cardnumber cardid card
    fuelcard
plate|车牌号|Licence plate|id|free|basic|车牌 车牌号码 plate plateno licenceplate licenseplate
name|姓名|Name|name|customer|basic!|客户 客户姓名 客户名称 客户名 会员姓名 会员名 会员名称 顾客姓名 车主 车主姓名 持卡人
    司机 驾驶员 联系人 买家姓名 名字 fullname customername membername clientname buyername contactname
phone|手机|Phone|phone|customer|contact!|手机号 手机号码 电话 电话号码 联系电话 联系方式 联系手机 移动电话
    客户电话 客户手机 mobile mobilephone mobileno phonenumber phoneno tel telephone cell cellphone
email|邮箱|E-mail|email|customer|contact!|电子邮箱 电子邮件 邮件 邮箱地址 email emailaddress mail
    customeremail
wechat|微信|WeChat|text|customer|contact!|微信号 wechatid
gender|性别|Gender|choice|customer|basic|sex 客户性别
age|年龄|Age|number|customer|basic|customerage
birthday|生日|Birthday|date|customer|basic!|出生日期 出生年月日 出生年月 birthdate dateofbirth dob
id_card|身份证号|ID card|id|customer|basic!!|身份证 身份证号码 证件号 证件号码 idcard idnumber nationalid
city|城市|City|choice|customer|contact|所在城市 客户城市 市
province|省份|Province|choice|customer|contact|省 所在省份 state region
country|国家|Country|choice|customer|contact|国家地区
address|地址|Address|text|customer|contact!|联系地址 详细地址 家庭地址 收货地址 addr streetaddress
postcode|邮编|Postcode|id|customer|contact|邮政编码 zip zipcode postalcode
level|会员等级|Level|choice|customer|basic|等级 客户等级 级别 tier grade memberlevel
points|积分|Points|number|customer|scores|会员积分 当前积分 loyaltypoints
score|评分|Score|number|customer|scores|得分 客户评分 rating
joined|注册日期|Joined|date|customer|basic|注册时间 入会时间 入会日期 加入时间 开卡日期 registered
    registeredat registrationdate joindate signupdate
industry|行业|Industry|choice|company|basic|所属行业 sector
order_id|订单号|Order number|id|order|purchase|订单编号 订单id 单号 合同号 合同编号 发票号 流水号 交易号
    交易流水号 小票号 order orderid orderno ordernumber invoice invoiceno invoiceid invoicenumber
    transactionid receiptno
ordered_at|购买日期|Purchase date|date|row|purchase|下单时间 下单日期 订单时间 订单日期 购买时间 购车日期
    购车时间 成交日期 成交时间 交易时间 交易日期 消费时间 消费日期 加油时间 加油日期 开票日期 支付时间
    付款时间 提车日期 ordertime orderdate ordered orderedat invoicedate purchasedate transactiondate
    transactiontime date time day 日期 时间
amount|金额|Amount|money|row|purchase|订单金额 消费金额 实付金额 支付金额 交易金额 加油金额 成交金额 总金额
    总额 合计 小计 totalamount orderamount total revenue spend paid linetotal subtotal sales dollars
deal_price|成交价|Price paid|money|row|purchase|车价 裸车价 购车价格 落地价 实付 成交价格
price|单价|Unit price|price|row|purchase|价格 售价 unitprice itemprice unitcost
discount|优惠|Discount|money|row|purchase|优惠金额 折扣金额 discountamount
discount_rate|折扣率|Discount rate|percent|row|purchase|折扣 优惠比例 discountrate
quantity|数量|Quantity|quantity|row|purchase|件数 购买数量 qty count units pieces
litres|升数|Litres|number|row|purchase|加油量 加油升数 加油数量 liters litres volume
sku|商品编号|Product code|id|row|purchase|商品编码 货号 产品编号 sku stockcode productid productcode itemno
    itemcode
product|商品|Product|text|row|purchase|商品名称 产品 产品名称 品名 描述 description productname item
    itemname
model|车型|Model|choice|row|purchase|购买车型 车系 意向车型 carmodel vehiclemodel
fuel|油品|Fuel|choice|row|purchase|油品名称 油号 燃油类型 fueltype fuelgrade
vin|车架号|VIN|id|row|purchase|vin码 车辆识别代码 底盘号
category|品类|Category|choice|row|purchase|类别 商品类别 产品类别 productcategory
store|门店|Store|choice|row|purchase|店铺 门店名称 油站 加油站 站点 油站名称 shop storename station site
channel|渠道|Channel|choice|row|purchase|来源渠道 购买渠道 saleschannel
source|来源|Source|choice|customer|basic|客户来源 leadsource
salesperson|销售顾问|Salesperson|choice|row|purchase|顾问 业务员 销售 销售员 客户经理 salesrep advisor
    seller
payment|付款方式|Payment|choice|row|purchase|支付方式 结算方式 paymentmethod
status|状态|Status|choice|row|purchase|订单状态 orderstatus state
visits|到店次数|Visits|number|customer|behaviour|访问次数 进店次数 浏览次数 visitcount
browsing|浏览时长|Browsing time|number|customer|behaviour|浏览时间 browsingtime
click_rate|点击率|Click rate|percent|customer|behaviour|clickrate ctr
satisfaction|满意度|Satisfaction|number|customer|scores|满意度评分 nps csat
is_member|是否会员|Member|flag|customer|basic|会员 ismember
remark|备注|Remarks|long|free|remarks|说明 客户备注 备注信息 note notes remarks comment comments memo
"""
SECTIONS: dict[str, Label] = {
    "basic": Label({"zh": "基本信息", "en": "Basic details"}),
    "contact": Label({"zh": "联系方式", "en": "Contact"}),
    "purchase": Label({"zh": "购买信息", "en": "Purchase"}),
    "behaviour": Label({"zh": "行为", "en": "Behaviour"}),
    "scores": Label({"zh": "评分", "en": "Scores"}),
    "other": Label({"zh": "其他信息", "en": "More details"}),
    "remarks": Label({"zh": "备注", "en": "Remarks"}),
}
"""Headings of forms, in order."""
_CLASSES = {"": DataClass.INTERNAL, "!": DataClass.PERSONAL, "!!": DataClass.SENSITIVE}


def _read(line: str) -> Concept:
    key, zh, en, hint, place, section, words = line.split("|")
    bare = section.rstrip("!")
    return Concept(
        key, Label({"zh": zh, "en": en}), Hint(hint), Place(place), bare,
        _CLASSES[section.removeprefix(bare)], (key, zh, en, *words.split()),
    )  # fmt: skip


CONCEPTS = tuple(map(_read, _TABLE.strip().replace("\n    ", " ").splitlines()))
BY_KEY = {one.key: one for one in CONCEPTS}
_BY_WORD = {fold(word): one for one in reversed(CONCEPTS) for word in one.words}
_MIN_PART = 2

_UNIT = re.compile(r"\s*[(（\[【]\s*([^()（）\[\]【】]{1,8})\s*[)）\]】]\s*\Z")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\s]+")


@lru_cache(maxsize=2_000)
def concept_of(header: str) -> Concept | None:
    """Return what a column is about, None where its name says nothing that is known.

    A Chinese name that ends in a known word is about that too ("本年消费金额" is an amount).
    """
    name = fold(_UNIT.sub("", header))
    if name in _BY_WORD:
        return _BY_WORD[name]
    if name.isascii():
        return None
    endings = (name[start:] for start in range(1, len(name) - _MIN_PART + 1))
    return next((_BY_WORD[one] for one in endings if one in _BY_WORD), None)


def is_exact(header: str, concept: Concept) -> bool:
    """Tell whether the name is one of the concept's own words, not only one that ends in it."""
    return fold(_UNIT.sub("", header)) in {fold(word) for word in concept.words}


def unit_of(header: str) -> str:
    """Return the unit in brackets at the end of a name; "金额（万元）" gives 万元."""
    found = _UNIT.search(header)
    return found[1].strip() if found else ""


def label_of(header: str, concept: Concept | None) -> Label:
    """Return what a field is called: the file's word in its own language, a known word in the other."""
    words = _UNIT.sub("", unicodedata.normalize("NFC", header)).strip() or header
    if not words.isascii():
        known = concept.label.words["en"] if concept and is_exact(header, concept) else ""
        return Label({"zh": words, "en": known})
    known = concept.label.words["zh"] if concept and is_exact(header, concept) else ""
    spelt = " ".join(part for part in _CAMEL.split(words) if part)
    return Label({"zh": known, "en": _sentence_case(spelt)})


def _sentence_case(words: str) -> str:
    first, *rest = ["ID" if one.casefold() == "id" else one for one in words.split()] or [words]
    lower = [one if one.isupper() else one.lower() for one in rest]
    return " ".join([f"{first[:1].upper()}{first[1:]}", *lower])
