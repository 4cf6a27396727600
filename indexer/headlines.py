"""The headline of a profile that comes without one: the first line of its text that is no section heading."""

from profilesearch.text.snippet import cut

_LONGEST = 120
_HEADINGS = """
    about | about me | academic background | bio | biography | career history | career objective | career overview
    career profile | career summary | certifications | competencies | contact | contact information | core competencies
    core qualifications | core skills | curriculum vitae | cv | education | education and training | employment
    employment history | executive profile | executive summary | experience | highlights | highlights of qualifications
    interests | introduction | key skills | languages | objective | overview | personal details | personal information
    personal profile | personal statement | professional background | professional experience | professional overview
    professional profile | professional summary | profile | projects | publications | qualifications | references | resume
    résumé | skill highlights | skills | summary | summary of qualifications | summary of skills | technical skills
    training | work experience | work history
    ausbildung | berufserfahrung | berufliche erfahrung | bildungsweg | kenntnisse | kurzprofil | lebenslauf
    persönliche daten | profil | sprachen | über mich | werdegang | zusammenfassung
    compétences | expérience | expériences | expérience professionnelle | formation | langues | objectif | à propos | résumé
    educación | experiencia | experiencia laboral | experiencia profesional | formación | habilidades | idiomas | objetivo
    perfil | perfil profesional | resumen | sobre mí
    esperienza | esperienze lavorative | formazione | istruzione | lingue | profilo | competenze
    experiência | experiência profissional | formação | resumo | sobre mim
    个人简介 | 个人信息 | 个人简历 | 工作经历 | 工作经验 | 教育背景 | 教育经历 | 自我评价 | 专业技能 | 简历 | 求职意向 | 项目经验
    職務経歴書 | 職務経歴 | 職務要約 | 自己紹介 | 学歴 | 履歴書 | 資格 | スキル
    """.replace("\n", "|").split("|")
_KNOWN = frozenset(heading.strip() for heading in _HEADINGS) - {""}


def headline_of(text: str) -> str:
    """The first line that says something of this one person, at most 120 characters, cut at a word.

    A section heading such as "Summary" or "Experience:" is passed over, unless there is nothing else. Which line it is
    depends on the text alone, so that a build and a later change of one profile agree.

    Args:
        text: a profile's text, not empty.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return cut(next((line for line in lines if not is_heading(line)), lines[0]), _LONGEST)


def is_heading(line: str) -> bool:
    """Whether a line is the heading of a section of a CV, whatever its case and what stands around it."""
    return " ".join(line.casefold().split()).strip(" :;.-–—_*#|=•·[]()") in _KNOWN
