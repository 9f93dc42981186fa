"""What words mean the same in a story: 走了, 不在了 and 过世 all say that somebody died.

A story often leaves out the word of the office: no “户口簿”, but “全家的本子找不到了”. Its meanings together (a booklet,
lost) still tell which matter it is. The groups are closed and general: about people, papers, money and what befalls
them, never about one matter alone. A word may stand in several; one that means other things as well is left out.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations

_SAID = {
    "孩子": (
        "孩子 小孩 娃 宝宝 孙子 孙女 外孙 儿子 女儿 闺女 小家伙 侄子 外甥 老二 老大 囡囡 小朋友 小子 丫头 小囡 双胞胎"
    ),
    "刚出生": "出生 刚生 新生 满月 生下来 产房 月子 才生 出院 襁褓",
    "老人": (
        "老人 爸妈 爷爷 奶奶 外公 外婆 老爸 老妈 我爸 我妈 老娘 老父 老母 父亲 母亲 爹 老太 老头 公公 "
        "婆婆 丈母娘 岳父 岳母 阿婆 大爷 大伯 大妈 阿姨"
    ),
    "爱人": "老公 老婆 丈夫 妻子 媳妇 爱人 老伴 太太 我先生 夫妻 两口子 对象",
    "结婚": "结婚 领证 成家 婚事 嫁 娶 红本 扯证 新娘 新郎 未婚妻 女朋友 男朋友",
    "离婚": "离婚 离了 散伙 过不下去 前夫 前妻 分开过 冷静期 不过了",
    "去世": "走了 没了 过世 去世 不在了 离世 身故 死亡 死了 病逝 亡故 后事 葬 丧 咽气 断气 生前 遗",
    "丢了": "丢了 丢失 找不到 不见了 弄没 掉了 遗失 被偷 没带 弄丢 寻不着 偷",
    "坏了": "坏了 烂 破 折断 折了 消磁 裂 磨没 洗衣机 看不清 受潮 刷不出 撕 断了 泡水 湿",
    "到期": "过期 到期 到头 有效期 期满 快到了 失效 到日子",
    "本子": "本子 小本 本本 那本 红本 绿本 大本 册子",
    "卡": "卡片 卡 那张卡",
    "一张纸": "单子 条子 那张纸 证明 盖章 红章 公章 书面 打一份 打印 开一张 打一张",
    "一笔钱": "补贴 补助 津贴 发钱 给钱 领钱 一笔钱 每月打 按月 钞票 政府给 国家给 补一点 领多少",
    "报销": "报销 报回 自己掏 垫 自费 发票 结账 医药费 花了",
    "困难": "困难 揭不开锅 没收入 低保 吃救济 穷 接济 过不下去 交不起 付不起 负担不起 掏空 没积蓄",
    "看病": "生病 住院 看病 手术 开刀 癌 肿瘤 透析 重病 大病 中风 糖尿病 高血压 配药",
    "残疾": "残疾 瘫 瘸 聋 瞎 失明 拄拐 轮椅 截肢 假肢 腿脚 耳背 听不见 看不见 半身",
    "要人照顾": "失能 卧床 不能动 痴呆 糊涂 失智 穿衣 大小便 屎尿 照顾 伺候 护工 照料 护理",
    "一个人住": "独居 一个人住 一个人过 独自 身边没人 孤寡",
    "房子": "房子 老房 新房 房产 房本 房屋 这套 那套 名下 买房 卖房",
    "租房": "租房 租金 租的 租了 房东 出租 房租 租住",
    "房贷装修": "房贷 月供 还贷 首付 装修 按揭",
    "落户": "户口 落户 上户 迁户 迁过来 迁到 落在 本上 落在一起 落到",
    "外地": "外地 老家 乡下 外省 打工 四川 贵州 江西 安徽 河南 湖南 回不去",
    "出境": "出国 国外 旅游 香港 澳门 日本 泰国 境外 签证 港澳 跟团 过关 海关",
    "上学": "上学 学校 入学 读书 念书 老师 幼儿园 小学 初中 一年级 班主任 学堂 报名 开学",
    "大学": "大学 毕业 考上 录取 学费 高考 高三 高中",
    "分数": "成绩 分数 出分 考了 多少分 查分",
    "单位": "单位 公司 上班 厂 老板 同事 车间 入职 工地",
    "没工作": "失业 下岗 辞职 被裁 裁员 没工作 没班上 炒鱿鱼 被炒 被优化 倒闭 待业 关了",
    "退休": "退休 退下来 到龄 不上班 到点",
    "交保险": "社保 医保 参保 五险 交保险 缴费 养老保险 断缴 断交 自己交 自己缴 个人名义",
    "公积金": "公积金 单位存 住房的钱 住房钱 每月扣 账户",
    "税": "个税 税 扣除 退税 纳税",
    "手机": "手机 扫码 二维码 刷脸 人脸 网上 小程序",
    "开车": "驾照 开车 车子 司机 驾驶 上路 交警 小车 年检 开出租",
    "当兵": "当兵 部队 入伍 军 战友 参军 兵役 退伍 服役",
    "吃饭": "吃饭 食堂 送饭 烧饭 饭菜 做饭 送餐 泡面",
    "打针": "打针 疫苗 接种 乙肝 预防针",
    "体检": "体检 检查 抽血 量身高 验血 查一次身体 B超 查身体",
    "怀孕": "怀孕 怀上 备孕 产检 生娃 二胎 三胎 生孩子 建卡 预产期 要娃",
    "照片": "照片 头像 拍照 重拍",
    "上下楼": "爬楼 楼上楼下 电梯 几楼 下楼 六楼 七楼 单元 上下楼",
    "打官司": "律师 打官司 法院 欠钱 欠薪 起诉 状子 家暴 讨薪",
    "遗产": "遗嘱 争家产 继承 分家 公证 分他 存款 留给",
    "名字": "改名 改姓 名字 姓",
    "收养": "收养 领养 抱养 福利院 弃婴",
    "没有父母": "孤儿 没爸没妈 坐牢 没人养 爸妈都 没音信 失踪",
    "放假": "暑假 寒假 放假 假期 没人带 托管",
    "借书": "借书 图书馆 绘本 看书 读者",
    "乘车": "公交 地铁 坐车 乘车",
    "过户": "过户 加名 换名 改到 名字加 写上 更名",
    "预约": "预约 抢号 占号 约号 先约 排号 占个 取号",
    "医生": "医生 大夫 卫生院 卫生站 社区医院 家庭医生",
    "查询": "查 看看 几号 哪里看",
    "呼救": "按钮 呼叫 报警 呼救 喊人 手环 SOS 拉绳",
    "浴室": "扶手 把手 厕所 卫生间 浴室 防滑 洗澡 马桶",
    "坐车住店": "安检 高铁 飞机 机场 火车 酒店 住店 闸机 车票",
    "当年": "当年 几十年 十年前 年轻时 那时候 老底 留底 底子 年代",
    "退钱": "退回 返还 返三分 退还 退税 返钱 退钱 返一部分 返给",
    "买药": "买药 药费 药店 配药 药房 抓药",
    "派出所": "派出所 民警 警察 公安",
    "取出来": "一次性 一次拿 一把 全部取 取出来 拿出来 支出来 提出来 取清",
}
MEANINGS: Mapping[str, tuple[str, ...]] = {meaning: tuple(said.split()) for meaning, said in _SAID.items()}
_BY_FIRST: dict[str, list[tuple[str, str]]] = defaultdict(list)
for _meaning, _words in MEANINGS.items():
    for _word in _words:
        _BY_FIRST[_word[0]].append((_word, _meaning))


def meaning_tokens(text: str) -> Iterator[str]:
    """`m:` for each meaning in the text, `n:` for each two of them together."""
    found = {
        meaning
        for place, char in enumerate(text)
        if char in _BY_FIRST
        for word, meaning in _BY_FIRST[char]
        if text.startswith(word, place)
    }
    yield from (f"m:{one}" for one in found)
    yield from (f"n:{one} {other}" for one, other in combinations(sorted(found), 2))
