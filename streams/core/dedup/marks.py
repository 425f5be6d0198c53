"""Words that must not differ between copies, by what they mark; and words that mean nothing for likeness.

One row of `_MARKS` is one mark: the name of what is told, the side of it, and its words in six languages. A word ending in *
stands for all that begin with it. Two texts contradict each other where they stand on different sides of one matter.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from streams.core.text.fold import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME, DAY, NEGATION = 1, 2, 3
_FIRST_SIDE = 4

_MARKS = """
deny:no نفى نفت ينفي تنفي نفيه نفيها ينفون نفوا النفي أنكر أنكرت تنكر كذب كذبت denied denies deny denying dementi* démenti*
deny:no dément nie
deny:no niega negó niegan negaron desmiente desmintió опроверг* опровергает отрица* 否认 否認 辟谣
deny:yes أكد أكدت يؤكد تؤكد أكدوا confirmed confirms confirm confirme confirmé confirma confirmó confirman подтвер* 证实
deny:yes 确认

vote:adopt اعتمد اعتمدت يعتمد تعتمد اعتماد أقر أقرت يقر إقرار تبنى تبنت يتبنى adopted adopts adopt approved approves approve
vote:adopt passed adopté adopte
vote:adopt approuvé approuve aprobó aprueba adoptó adopta принял* одобр* 通过
vote:ahead يصوت سيصوت تصويت للتصويت تصوت ستصوت vote votes voting vota votan votación voter votera голосова* проголосу* 表决
vote:reject رفض رفضت يرفض ترفض أسقط أسقطت إسقاط نقض نقضا النقض الفيتو أجهض أجهضت يجهض أخفق فشل rejected rejects reject
vote:reject vetoed
vote:reject vetoes veto blocks blocked failed fails rejeté rejette bloque bloqué véto rechazó rechaza vetó veta отклон*
vote:reject ветировал* вето 否决 未通过

stage:asked طلبت طلب يطلب تطلب طالب طالبت تطالب بطلب دعا دعت تدعو requested requests request asked asks calls called demande
stage:asked demandé demandent
stage:asked solicitó pidió solicita pide solicitaron запрос* потребова* просит 请求 要求
stage:due يعقد تعقد ينعقد سيعقد ستعقد يلتئم سيلتئم
stage:set حدد حددت تحدد تقرر مقرر المقرر موعدا scheduled schedules schedule fixé fixe prévue
stage:set prévu fijó fijada programó programada назнач* запланир* 定于 将于
stage:held عقد عقدت التأم انعقد انعقدت اختتم اختتمت ختام convened tenu réuni tenue celebró reunió concluyó провел* провёл состоял*
stage:held 举行了 已举行 召开了
stage:off أرجأ أرجأت إرجاء أجل أجلت تأجيل ألغى ألغت إلغاء تأجل تأجلت postponed postpones postpone cancelled canceled cancels
stage:off delayed reporté reporte
stage:off annulé annule pospuso aplazó canceló suspendió отлож* перенес* отмен* 推迟 取消

time:ahead غدا tomorrow demain mañana завтра 明天 明日 مرتقب المرتقب مرتقبة يتوقع متوقع المتوقع سيصوت يستعد تستعد سوف سيعقد
time:ahead ستعقد expected expects expect will would awaited preparing attendu attendue
time:ahead devrait prévoit espera esperada prevé ожида* планир* 将 预计 可能
time:done انتهى انتهت أنهى أنهت ended finished

suspect:free يبحث تبحث البحث هارب هاربا هاربين فار فارين لاذ مطاردة تطارد hunt hunting manhunt fugitive fled recherche
suspect:free recherché fuite busca
suspect:free prófugo fuga розыск* ищут разыск* скрыл* 在逃 追捕 通缉
suspect:held أوقف أوقفت توقيف الموقوف اعتقل اعتقلت اعتقال قبض القبض arrested arrests arrest detained detains captured held
suspect:held arrêté arrête
suspect:held interpellé arrestation détenu detuvo detenido arrestó capturó capturado задерж* аресто* 逮捕 拘捕 抓获 落网
suspect:held 被捕
suspect:let أفرج أفرجت الإفراج إفراج أطلق freed released releases release libéré relâché liberó liberado освобо* отпущ* 释放
suspect:let 获释

search:on تواصل تتواصل يتواصل فقدان مفقود مفقودا searching searches recherches búsqueda поиски 搜寻 搜救
search:found عثر عثرت يعثر تعثر العثور انتشل انتشلت انتشال found retrouvé retrouvée hallado hallada hallaron
search:found найден* нашли 找到 寻获

court:on تنظر ينظر تحاكم يحاكم محاكمة المحاكمة مثول trial procès comparaît juicio судят 受审 开庭
court:ruled قضت أدانت أدين أدينت إدانة برأت حكمت convicted convicts sentenced sentences acquitted condamné condamne acquitté
court:ruled condenó condenado absuelto осудил* приговор* оправда* 判处 判决 宣判

truce:kept هدنة الهدنة اتفقت اتفق truce ceasefire trêve tregua перемири* 停火
truce:broken خرق بخرق خرقت خروق انتهك انتهكت انتهاك انهار انهارت breach breached breaches violated violates collapse
truce:broken collapsed collapses violé
truce:broken rompu rompió violó ruptura нарушил* сорвал* 违反 破裂 撕毁

talks:on تقدم محادثات مفاوضات تفاوض progress talks négociations pourparlers negociaciones переговор* 谈判 磋商
talks:deal وقعتا أبرم أبرمت إبرام التوقيع توقيع تعاقد تعاقدت
talks:deal signed signs sign signé signent signature firmó firmaron firma подпис* 签署

move:up ارتفع ارتفعت يرتفع ترتفع صعد صعدت صعود زاد زادت قفز قفزت ارتفاع rose rises rise gained gains climbed surged jumped
move:up hausse bondi grimpé progressé
move:up subió sube subieron aumentó alza вырос* растёт растет подорожал* повысил* 上涨 上升 走高 上调
move:down انخفض انخفضت ينخفض تنخفض تراجع تراجعت هبط هبطت هبوط انخفاض fell falls fall dropped drops lost sank slipped baisse
move:down reculé chuté tombé
move:down cayó cae bajó baja descendió упал* снизил* падает подешевел* сократил* 下跌 下降 走低 下调

match:won فاز فازت يفوز تفوز فوز تغلب beat beats won wins win défaite vaincu gagné remporté battu ganó gana venció победил*
match:won выиграл* 获胜 击败 战胜
match:lost خسر خسرت خسارة يخسر تعادل تعادلت lost loses draw drew perdu perd perdió pierde empató проиграл* 失利 输给 战平

door:open فتح فتحت افتتح يفتح إعادة استأنف استأنفت استئناف يستأنف opened opens open reopened reopens resumed resumes rouvre
door:open ouvert ouvre repris reprise
door:open abrió abre reabrió reanudó откры* возобнов* 开放 重开 恢复 开通
door:shut أغلق أغلقت إغلاق يغلق علق علقت تعليق أوقفوا closed closes close shut shuts suspended suspends halted fermé ferme
door:shut suspendu suspend cerró cierra
door:shut suspende закры* приостанов* 关闭 暂停 停止 封闭

term:longer مدد مددت تمديد يمدد extended extends extend renewed prolongé prolonge prorogé prorrogó extendió amplió продл*
term:longer 延长
term:over طوى طوت إنهاء terminated terminates termine прекра* 终止 结束

post:in عين عينت تعيين appointed appoints named nommé nomme nombró nombra назначил* назначен* 任命
post:out أقال أقالت إقالة أقيل استقال استقالت استقالة dismissed dismisses resigned resigns sacked fired démissionné limogé
post:out dimitió destituyó renunció уволил* 辞职 罢免 免职

life:lost قتل قتلت مقتل قتلوا قتيل قتيلا قتلى استشهد استشهاد توفي توفيت وفاة مصرع مصرعهم مصرعه killed kills dead died dies
life:lost توفوا وفيات المتوفى المتوفين متوفى متأثرا حتفه حتفهم نحبه نحبهم أودى أودت killing deaths tués tué morts mort
life:lost muertos murieron muerto murió mató погиб* убит* скончал* 死亡 遇难 身亡 丧生
life:hurt أصيب أصيبت إصابة أصيبوا جرح جريح جريحا جرحى نجا نجت wounded wounds injured injures injuring wounding survived
life:hurt blessés blessé heridos herido ранен*
life:hurt пострада* 受伤 获救
"""
_TURNS = """deny:no vote:reject stage:set stage:held stage:off suspect:held suspect:let truce:broken talks:deal post:in post:out
term:over"""
_GRAVEST = "life:lost"
_NEGATIONS = """
لم لن ليس ليست لا not no never neither nor cannot didn doesn isn aren wasn weren hasn haven ne pas aucun aucune jamais ni
nunca ningún ninguna ninguno tampoco jamás не нет никто ничего 不 未 没 無
"""
_NO_NEGATION = """
يقل تقل يقلون تزال يزال زال زالت less fewer least later only longer moins seulement plus menos sólo solo менее меньше только
позднее 少 仅 断 同 过
"""
_DAYS = """
الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد monday tuesday wednesday thursday friday saturday sunday lundi
mardi mercredi jeudi vendredi samedi dimanche lunes martes miércoles jueves viernes sábado domingo понедельник* вторник*
сред* четверг* пятниц* суббот* воскресень*
"""
_DAYS_RU_NOT = "среди средств* средн* средств"
_NAMES = """
إندونيسيا إندونيسي ماليزيا بنغلاديش سريلانكا نيبال تايلاند تايلندا فيتنام كمبوديا ميانمار الفلبين سنغافورة منغوليا كازاخستان
أوزبكستان طاجيكستان تركمانستان قرغيزستان النمسا سويسرا بلجيكا الدنمارك فنلندا أيرلندا البرتغال التشيك سلوفاكيا المجر هنغاريا
رومانيا بلغاريا كرواتيا البوسنة كوسوفو ألبانيا مقدونيا مولدوفا بيلاروسيا ليتوانيا لاتفيا إستونيا قبرص مالطا آيسلندا
الأرجنتين تشيلي بيرو الإكوادور بوليفيا باراغواي أوروغواي بنما كوستاريكا نيكاراغوا هندوراس غواتيمالا السلفادور هايتي
الدومينيكان جامايكا غانا السنغال غينيا سيراليون ليبيريا بوركينا بنين توغو الكاميرون الغابون أنغولا زامبيا زيمبابوي موزمبيق
ملاوي مدغشقر تنزانيا أوغندا بوروندي ناميبيا بوتسوانا جزر نيوزيلندا السعودية سعودي سعودية السعودي مصر مصري مصرية المصري
المصرية سوريا سورية السوري السورية سوري لبنان لبناني اللبناني اللبنانية العراق العراقي العراقية الأردن الأردني الأردنية
فلسطين الفلسطيني الفلسطينية غزة الضفة إسرائيل إسرائيلي الإسرائيلي الإسرائيلية اليمن اليمني اليمنية الإمارات الإماراتي قطر
القطري القطرية الكويت الكويتي الكويتية البحرين البحريني عمان العماني العمانية السودان السوداني السودانية ليبيا الليبي
الليبية تونس التونسي التونسية الجزائر الجزائري الجزائرية المغرب المغربي المغربية موريتانيا الصومال جيبوتي إيران الإيراني
الإيرانية تركيا التركي التركية أفغانستان باكستان الباكستاني الهند الهندي الصين الصيني الصينية روسيا الروسي الروسية أوكرانيا
الأوكراني الأوكرانية أمريكا أميركا الأمريكي الأمريكية الأميركي الأميركية بريطانيا البريطاني البريطانية فرنسا الفرنسي
الفرنسية ألمانيا الألماني الألمانية إيطاليا الإيطالي إسبانيا الإسباني اليابان الياباني كوريا الكوري فنزويلا كولومبيا
البرازيل كوبا المكسيك كندا الكندي أستراليا إثيوبيا الإثيوبي إريتريا كينيا نيجيريا مالي النيجر تشاد الكونغو رواندا السويد
النرويج هولندا بولندا اليونان صربيا أذربيجان أرمينيا جورجيا واشنطن موسكو لندن باريس برلين بكين طوكيو نيودلهي طهران أنقرة
إسطنبول القاهرة الإسكندرية الرياض جدة مكة المدينة الدمام القطيف الأحساء جازان جيزان نجران عسير أبها تبوك حائل القصيم بريدة
الباحة الجوف الطائف الخبر الجبيل ينبع دمشق حلب حمص حماة إدلب درعا السويداء اللاذقية طرطوس الرقة القنيطرة تدمر بيروت صيدا صور
طرابلس النبطية بعلبك بغداد البصرة الموصل كركوك أربيل الأنبار الفلوجة تكريت النجف كربلاء صنعاء عدن تعز الحديدة مأرب صعدة
حضرموت إب شبوة أبين الخرطوم الفاشر بورتسودان نيالا الجنينة رفح خانيونس خان جباليا نابلس جنين رام الخليل القدس حيفا بنغازي
مصراتة سرت الزاوية الدوحة المنامة مسقط أبوظبي دبي الشارقة العين رأس نواكشوط الرباط مراكش أكادير طنجة فاس كابل قندهار إسلام
كراتشي لاهور كييف خاركيف أوديسا زابوريجيا خيرسون دونيتسك مقديشو نيروبي أديس جوبا كينشاسا غوما الحوثي الحوثيون الحوثيين حماس
حزب داعش طالبان القاعدة الجهاد السيسي
"""
_BEFORE_NAMES = """
إندونيسيا إندونيسي ماليزيا بنغلاديش سريلانكا نيبال تايلاند تايلندا فيتنام كمبوديا ميانمار الفلبين سنغافورة منغوليا كازاخستان
أوزبكستان طاجيكستان تركمانستان قرغيزستان النمسا سويسرا بلجيكا الدنمارك فنلندا أيرلندا البرتغال التشيك سلوفاكيا المجر هنغاريا
رومانيا بلغاريا كرواتيا البوسنة كوسوفو ألبانيا مقدونيا مولدوفا بيلاروسيا ليتوانيا لاتفيا إستونيا قبرص مالطا آيسلندا
الأرجنتين تشيلي بيرو الإكوادور بوليفيا باراغواي أوروغواي بنما كوستاريكا نيكاراغوا هندوراس غواتيمالا السلفادور هايتي
الدومينيكان جامايكا غانا السنغال غينيا سيراليون ليبيريا بوركينا بنين توغو الكاميرون الغابون أنغولا زامبيا زيمبابوي موزمبيق
ملاوي مدغشقر تنزانيا أوغندا بوروندي ناميبيا بوتسوانا جزر نيوزيلندا جمهورية سفير دولة مملكة وادي الجندي العريف الرقيب الملازم
الرائد رئيس قطاع منفذ مدينة بمدينة محافظة بمحافظة ولاية بولاية بلدة ببلدة قرية بقرية حي بحي مخيم بمخيم إقليم قضاء مطار بمطار
معبر بلدية دائرة شارع ضاحية جزيرة ميناء مديرية السفير الأمير الدكتور اللواء العقيد العميد النقيب المقدم الشيخ المهندس فريق
نادي منتخب شركة مصرف
"""
_TITLES = """
الأمير السفير الدكتور اللواء العقيد العميد النقيب المقدم الشيخ المهندس الأستاذ الجندي العريف الرقيب الملازم الرائد
"""
_SON_OF = "بن ابن بنت"
_AFTER_NAMES = "省 市 县 區 区 州 镇 村 机场"
_STOP = """
عاجل breaking urgent срочно 快讯 突发 أول ركن في من على إلى عن أن إن أنه إنه أنها إنها التي الذي الذين ما هذا هذه ذلك تلك
كان كانت قد مع بعد قبل بين كل كما أو ثم حيث خلال عند لدى هو هي هم أي به بها له لها فيه فيها منه منها عليه عليها إليه نحو
قرابة حوالي ضد وفق بحسب حتى قال قالت وقال وقالت أضاف أضافت ذكر ذكرت أوضح أوضحت أشار أشارت بأن وأن يوم اليوم أمس الماضي
الجاري the a an of to in on at for from by with and or as it its is are was were be been has have had that this which who
said says le la les un une des du de d l à au aux en dans par pour sur et ou que qui est sont a ont été ce cette ces son sa
ses leur el los las un una unos unas del al y o que se su sus con por para es son ha han fue en lo como и в во на с со о об
от до по за из к ко у что как это его её их был была были было а но для при 的 了 在 是 和 与 及 为 于 等 也 就 都 而 被 将
"""


@cache
def marks() -> dict[str, int]:
    """The mark of each folded word or, with a *, of each beginning."""
    found: dict[str, int] = {}
    for row in _MARKS.split("\n"):
        side, *words = row.split() or [""]
        for word in words:
            found.setdefault(fold(word).text, _sides()[side])
    for rows, number in ((_DAYS, DAY), (_NAMES, NAME), (_NEGATIONS, NEGATION), (_DAYS_RU_NOT, 0)):
        for word in rows.split():
            found.setdefault(fold(word).text, number)
    return found


@cache
def _sides() -> dict[str, int]:
    names = dict.fromkeys(row.split()[0] for row in _MARKS.split("\n") if row)
    return {side: _FIRST_SIDE + number for number, side in enumerate(names)}


@cache
def sides_of() -> dict[int, str]:
    """What each number of `marks` from the fourth on speaks of: sides of one matter share it."""
    return {number: side.partition(":")[0] for side, number in _sides().items()}


@cache
def turns() -> frozenset[int]:
    """The marks that are news wherever a text begins with them and the other does not have them."""
    return frozenset(_sides()[side] for side in _TURNS.split())


@cache
def gravest() -> frozenset[int]:
    """The turns that have no synonym unmarked: news in the midst of a beginning otherwise the same, too."""
    return frozenset(_sides()[side] for side in _GRAVEST.split())


@cache
def stop_words() -> frozenset[str]:
    """Folded words that any text has."""
    return frozenset(fold(word).text for word in _STOP.split())


@cache
def before_names() -> frozenset[str]:
    """Folded words a name follows."""
    return frozenset(fold(word).text for word in _BEFORE_NAMES.split())


@cache
def no_negation() -> frozenset[str]:
    """Folded words before which a negation denies nothing: "no less than"."""
    return frozenset(fold(word).text for word in _NO_NEGATION.split())


def titles() -> Sequence[str]:
    """Folded words behind which stand a person's first and second name."""
    return [fold(word).text for word in _TITLES.split()]


def son_of() -> Sequence[str]:
    """Folded words that stand between a person's name and the father's."""
    return [fold(word).text for word in _SON_OF.split()]


AFTER_NAMES = frozenset(_AFTER_NAMES.split())
"""Chinese signs that two signs of a name stand before."""
