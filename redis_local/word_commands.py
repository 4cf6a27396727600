"""Commands about words: dictionaries, corrections, synonyms.

Sources: https://redis.io/docs/latest/commands/ft.dictadd/, https://redis.io/docs/latest/commands/ft.spellcheck/,
https://redis.io/docs/latest/commands/ft.synupdate/
"""

from dataclasses import replace

from .arguments import Arguments
from .context import Command, Context
from .errors import CommandError
from .feed import Feed
from .query.limits import MAX_DICTIONARY_WORDS, MAX_SYNONYMS
from .query_options import COMMON_READERS, QueryOptions
from .resp import OK, Reply
from .spelling import MAX_DISTANCE, Dictionaries, corrections


async def _dictionary_add(context: Context, args: Arguments) -> Reply:
    await context.catalog.sync_flushes()
    name, words = args.text(), args.rest()
    dictionaries = context.catalog.dictionaries
    known = dictionaries.get(name, frozenset())
    added = known | set(words)
    if sum(map(len, dictionaries.values())) + len(added) - len(known) > MAX_DICTIONARY_WORDS:
        raise CommandError(f"ERR redis_local keeps at most {MAX_DICTIONARY_WORDS} words in dictionaries")
    await context.catalog.set_dictionary(name, added)
    return len(added) - len(known)


async def _dictionary_delete(context: Context, args: Arguments) -> Reply:
    await context.catalog.sync_flushes()
    name, words = args.text(), args.rest()
    known = context.catalog.dictionaries.get(name, frozenset())
    await context.catalog.set_dictionary(name, known - set(words))
    return len(known & set(words))


async def _dictionary_dump(context: Context, args: Arguments) -> Reply:
    await context.catalog.sync_flushes()
    words = context.catalog.dictionaries.get(args.text())
    if words is None:
        raise CommandError("could not open dict key")
    return sorted(words)


async def _spell_check(context: Context, args: Arguments) -> Reply:
    feed = await context.catalog.synced(args.text(), "Unknown Index name")
    options = QueryOptions(args.raw(), dialect=context.catalog.default_dialect)
    distance, dictionaries = 1, Dictionaries()
    while args:
        word = args.word()
        if word == "DISTANCE":
            raw = args.raw("DISTANCE")
            if not raw.isdigit() or len(raw) > 1 or not 1 <= int(raw) <= MAX_DISTANCE:
                raise CommandError("bad distance given, distance must be a natural number between 1 to 4")
            distance = int(raw)
        elif word == "TERMS":
            kind = args.word()
            if kind not in ("INCLUDE", "EXCLUDE"):
                raise CommandError("bad format, exlude/include operation was not given")
            words = context.catalog.dictionaries.get(args.text(), frozenset())
            dictionaries = dictionaries.with_words(words, include=kind == "INCLUDE")
        elif word in COMMON_READERS:
            COMMON_READERS[word](options, args)
    found = corrections(feed.index, options, distance, dictionaries)
    if context.protocol == 3:
        return {"results": {term: [{word: score} for score, word in words] for term, words in found}}
    return [["TERM", term, [[score, word] for score, word in words]] for term, words in found]


async def _feed(context: Context, args: Arguments) -> Feed:
    return await context.catalog.synced(args.text(), "Unknown index name")


async def _synonyms_update(context: Context, args: Arguments) -> Reply:
    feed, group = await _feed(context, args), args.text()
    if args.peek("SKIPINITIALSCAN"):
        args.skip()
    if not args:
        raise CommandError("ERR wrong number of arguments for 'FT.SYNUPDATE' command")
    definition = feed.index.definition
    groups = dict(definition.synonyms)
    groups[group] = tuple(dict.fromkeys((*groups.get(group, ()), *(word.lower() for word in args.rest()))))
    if sum(map(len, groups.values())) > MAX_SYNONYMS:
        raise CommandError(f"ERR redis_local keeps at most {MAX_SYNONYMS} synonyms for an index")
    await context.catalog.redefine(feed, replace(definition, synonyms=tuple(groups.items())))
    return OK()


async def _synonyms_dump(context: Context, args: Arguments) -> Reply:
    feed = await _feed(context, args)
    groups: dict[str, list[str]] = {}
    for group, words in feed.index.definition.synonyms:
        for word in words:
            groups.setdefault(word, []).append(group)
    if context.protocol == 3:
        return groups
    return [part for word, named in groups.items() for part in (word, named)]


COMMANDS = {
    "FT.DICTADD": Command(_dictionary_add, 3),
    "FT.DICTDEL": Command(_dictionary_delete, 3),
    "FT.DICTDUMP": Command(_dictionary_dump, 2),
    "FT.SPELLCHECK": Command(_spell_check, 3, read_only=True),
    "FT.SYNUPDATE": Command(_synonyms_update, 4),
    "FT.SYNDUMP": Command(_synonyms_dump, 2),
}
