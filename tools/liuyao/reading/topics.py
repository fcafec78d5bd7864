"""What a follow-up asks about: another field of life, or another side of the same matter."""

import re
from collections.abc import Mapping

_CATEGORIES: Mapping[str, str] = {
    "career": "工作|职位|升职|跳槽|面试|老板|上司|同事|辞职|公司|"
    "job|career|boss|promotion|interview|work",
    "wealth": "钱|财|投资|生意|收入|股票|工资|奖金|欠款|"
    "money|invest|business|income|salary|stocks?|debt",
    "love": "感情|恋爱|对象|男友|女友|男朋友|女朋友|婚|喜欢我|复合|桃花|"
    "love|marriage|boyfriend|girlfriend|partner|husband|wife",
    "study": "学业|考试|考上|录取|论文|升学|成绩|"
    "exam|study|studies|school|university|thesis|grades?",
    "health": "健康|身体|生病|手术|医院|失眠|health|illness|surgery|hospital|sick|sleep",
    "children": "孩子|儿子|女儿|怀孕|宝宝|child|children|son|daughter|baby|pregnant|pregnancy",
    "family": "家里|父母|爸|妈|长辈|家人|family|parents|mother|father|mom|dad",
    "travel": "出行|旅行|出差|搬去|路上|航班|travel|trip|journey|flight",
    "lost": "丢了|找不到|不见了|失物|遗失|lost|missing",
    "lawsuit": "官司|诉讼|律师|法院|打官司|lawsuit|court|lawyer|sue",
    "property": "房子|买房|卖房|租房|房产|house|flat|apartment|property|mortgage",
    "social": "朋友|人缘|邻居|室友|合伙|friends?|neighbou?rs?|roommate",
}
_ASPECTS: Mapping[str, str] = {
    "recast": "再起一卦|再算一卦|再摇|重新起|重起|重摇|再占|另起|"
    "cast again|throw again|ask again|another cast|new cast|recast|another reading",
    "when": "什么时候|何时|几时|多久|哪个月|时间|when|how long|how soon",
    "doing": "怎么办|怎么做|该不该|要不要|应该|建议|注意什么|"
    "what (?:should|can) i|how (?:should|can|do) i|should i|advice",
    "other": "对方|他|她|那个人|那边|he|she|they|him|her|them|other side",
    "obstacle": "阻碍|阻力|问题出在|为什么|风险|坏处|麻烦|障碍|"
    "obstacle|problem|why|risks?|against me|danger",
    "help": "帮|贵人|助力|支持|靠谁|help|helps|support|ally|allies",
    "outcome": "结果|最后|最终|以后会|将来|结局|"
    "outcome|in the end|finally|result|future|eventually",
    "inside": "过程|内情|隐情|背后|里面|process|behind|hidden|inside|underneath",
    "lines": "动爻|变爻|哪一爻|moving lines?|which lines?",
    "mirror": "反过来|换个角度|对立|另一面|opposite|other hand|perspective",
}
# What is told when nothing in particular is asked, in this order.
UNASKED = ("obstacle", "help", "inside", "outcome", "lines", "other", "mirror")

_SIMPLER = str.maketrans(
    "職陞試闆辭財資業錢獎對戀歡復桃學業錄論術醫兒懷寶長輩裡裏親媽爸搬機場丟遺訴訟師買賣產鄰夥緣"
    "時幾個間麼辦該應議邊為風險壞煩礙貴動誰結終將來過隱後變換轉這從請點難問題處靠幫愛體績內會搖",
    "职升试板辞财资业钱奖对恋欢复桃学业录论术医儿怀宝长辈里里亲妈爸搬机场丢遗诉讼师买卖产邻伙缘"
    "时几个间么办该应议边为风险坏烦碍贵动谁结终将来过隐后变换转这从请点难问题处靠帮爱体绩内会摇",
)


def category_in(message: str, *, but: str) -> str | None:
    """The field a message names first, unless it is the one the cast is about already."""
    found = _first(message, _CATEGORIES)
    return found if found != but else None


def aspect_in(message: str) -> str | None:
    """The side of the matter a message asks for, the most pressing first."""
    text = message.translate(_SIMPLER)
    return next((name for name, words in _ASPECTS.items() if _search(words, text)), None)


def _first(message: str, table: Mapping[str, str]) -> str | None:
    text = message.translate(_SIMPLER)
    hits = ((_search(words, text), name) for name, words in table.items())
    starts = [(hit.start(), name) for hit, name in hits if hit]
    return min(starts)[1] if starts else None


def _search(words: str, text: str) -> re.Match[str] | None:
    # A boundary means nothing between Chinese characters, and everything between English words.
    return re.search(rf"(?<![A-Za-z])(?:{words})(?![A-Za-z])", text, re.IGNORECASE)
