"""Names of the sample customers, in Chinese and in English, with a spelling for their addresses."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from pypinyin import lazy_pinyin

Lang = Literal["zh", "en"]


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split())


# From the commonest surname down.
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许"
    "韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈"
)
_WOMEN = _words(
    "婷 雪 静 丽 敏 雨欣 思涵 佳怡 欣怡 晓燕 玉兰 梦琪 诗雨 慧",
    "芳 丹丹 海燕 雅琴 可馨 晓雯 文静 冰 瑶 月 秀英 若曦 嘉琪 晨曦",
)
_MEN = _words(
    "伟 强 磊 军 洋 勇 杰 浩然 子轩 宇航 志强 建国 俊杰 天宇",
    "一鸣 文博 明辉 海涛 鹏飞 国栋 嘉豪 晓东 永康 泽宇 思远 凯 峰 博文",
)
_ENGLISH_SURNAMES = _words(
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Wilson Anderson Taylor Thomas Moore",
    "Martin Lee Walker Hall Young Allen King Wright Scott Green Baker Adams Nelson Carter Mitchell",
    "Roberts Turner Phillips Campbell Parker Evans Edwards Collins Stewart Morris Murphy Cook",
    "Rogers Reed Bell Bailey Cooper Howard Ward Brooks",
)
_ENGLISH_WOMEN = _words(
    "Emma Olivia Ava Sophia Mia Amelia Harper Ella Grace Chloe Lily Hannah Zoe Nora Alice Ruby",
    "Clara Julia Sarah Laura Megan Rachel Helen Diana",
)
_ENGLISH_MEN = _words(
    "Liam Noah James Oliver Lucas Henry Jack Owen Leo Samuel David Daniel Thomas Adam Ryan Nathan",
    "Aaron Peter Simon Mark Paul Andrew Eric Victor",
)


@dataclass(frozen=True, slots=True)
class Name:
    """A full name as it is written, and how it is spelt in an e-mail address."""

    full: str
    spelling: str


def draw_name(random: Random, lang: Lang, gender: str) -> Name:
    """Draw a name that goes with a gender."""
    woman = gender == "female"
    if lang == "en":
        given = random.choice(_ENGLISH_WOMEN if woman else _ENGLISH_MEN)
        family = random.choice(_ENGLISH_SURNAMES)
        return Name(f"{given} {family}", f"{given}.{family}".lower())
    # Squaring prefers the beginning of the list.
    family = _SURNAMES[int(random.random() ** 2 * len(_SURNAMES))]
    given = random.choice(_WOMEN if woman else _MEN)
    return Name(
        family + given, ".".join(("".join(lazy_pinyin(family)), "".join(lazy_pinyin(given))))
    )
