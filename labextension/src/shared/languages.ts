// What the highlighter knows of each language: one pattern whose named groups are kinds, and lists of words.
import type { Kind } from './highlight';

export interface Language {
  /**
   * Global; the group `word` is looked up in `words`. Every alternative takes time in proportion to the line it is in, or else takes all that
   * it has looked at: whatever a model writes is coloured in time in proportion to its length.
   */
  readonly pattern: RegExp;
  readonly words: ReadonlyMap<string, Kind>;
  readonly folded: boolean;
  readonly calls: boolean;
}

// A string that is not closed on its line ends there, so that a lone quote colours one line at most.
const QUOTED = `"(?:\\\\.|[^"\\\\\\n])*"?|'(?:\\\\.|[^'\\\\\\n])*'?`;
const NUMBER = '(?<number>\\b(?:0[xob][\\da-f_]+|\\d[\\d_]*(?:\\.\\d+)?(?:e[+-]?\\d+)?)\\w*)';
const WORD = '(?<word>[\\p{L}_$@][\\p{L}\\d_$]*)';
const SLASHES = '(?<comment>//.*|/\\*[^]*?(?:\\*/|$(?![^])))';
const HASH = '(?<comment>(?<![^\\s;(])#.*)';

interface Table {
  keywords?: string;
  names?: string;
  folded?: boolean;
  calls?: boolean;
}

function language(parts: string[], { keywords = '', names = '', folded = false, calls = true }: Table = {}): Language {
  const listed = (text: string, kind: Kind): [string, Kind][] => text.split(' ').filter(Boolean).map(word => [word, kind]);
  const flags = folded ? 'gimu' : 'gmu';
  return { pattern: new RegExp(parts.join('|'), flags), words: new Map([...listed(keywords, 'keyword'), ...listed(names, 'name')]), folded, calls };
}

const LITERALS = 'true false null None True False nil undefined';
const C_WORDS =
  'abstract as async await auto bool boolean break case catch char class const constexpr continue default defer delete do double else enum export extends extern final finally float fn for foreach friend func function go goto if impl implements import in include inline instanceof int interface internal let long loop match mod module mut namespace new noexcept operator override package private protected public pub readonly register return select self short signed sizeof static struct super switch template this throw throws trait try type typedef typename union unsafe unsigned use using val var virtual void volatile when where while with yield';
const JS_WORDS =
  'abstract any as async await boolean break case catch class const continue debugger declare default delete do else enum export extends finally for from function get if implements import in infer instanceof interface is keyof let namespace never new number of private protected public readonly return satisfies set static string super switch this throw try type typeof unknown var void while with yield';
const PYTHON_WORDS =
  'and as assert async await break case class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield';
const SHELL_WORDS = 'if then else elif fi for while until do done case esac in function return local export readonly set unset source exit';
const SQL_WORDS =
  'select from where and or not in is null as on join left right inner outer full cross group by order having limit offset insert into values update set delete create table view index drop alter add primary key foreign references unique default distinct union all case when then else end exists between like asc desc with returning begin commit rollback';
const RUBY_WORDS = 'alias and begin break case class def do else elsif end ensure for if in module next not or redo rescue retry return self super then undef unless until when while yield require';
const R_WORDS = 'if else repeat while function for in next break library require return';

const C = language([SLASHES, `(?<string>${QUOTED})`, '(?<property>^[ \\t]*#\\w+)', NUMBER, WORD], { keywords: C_WORDS, names: LITERALS });
const JAVASCRIPT = language([SLASHES, `(?<string>${QUOTED}|\`(?:\\\\[^]|[^\`\\\\])*\`?)`, NUMBER, WORD], { keywords: JS_WORDS, names: LITERALS });
const PYTHON = language(
  [HASH, `(?<string>\\b[rbfu]{0,2}(?:"""[^]*?(?:"""|$(?![^]))|'''[^]*?(?:'''|$(?![^]))|${QUOTED})|"""[^]*?(?:"""|$(?![^]))|'''[^]*?(?:'''|$(?![^]))|${QUOTED})`, NUMBER, WORD],
  { keywords: PYTHON_WORDS, names: `${LITERALS} self cls` }
);
const JSON_LIKE = language(
  [SLASHES, '(?<property>"(?:\\\\.|[^"\\\\\\n])*"(?=\\s*:))', `(?<string>${QUOTED})`, NUMBER, WORD],
  { names: LITERALS, calls: false }
);
const SHELL = language([HASH, `(?<string>"(?:\\\\[^]|[^"\\\\])*"?|'[^']*'?)`, '(?<property>\\$\\{?\\w+\\}?|(?<=\\s)--?[a-z][\\w-]*)', NUMBER, WORD], {
  keywords: SHELL_WORDS,
  names: 'true false echo cd pip curl sudo git docker ollama python',
  calls: false
});
const MARKUP = language(
  ['(?<comment><!--[^]*?(?:-->|$(?![^])))', '(?<keyword></?[a-z][\\w:.-]*|/?>|<![a-z]+)', '(?<property>(?<=\\s)[\\w:@.-]+(?==))', '(?<string>(?<==)(?:"[^"]*"?|\'[^\']*\'?))', '(?<name>&#?\\w+;)'],
  { folded: true, calls: false }
);
const CSS = language(
  ['(?<comment>/\\*[^]*?(?:\\*/|$(?![^])))', `(?<string>${QUOTED})`, '(?<property>(?<![\\w-])[\\w-]+(?=[ \\t]*:[^:{};\\n]*[;}\\n]))', '(?<number>#[\\da-f]{3,8}\\b|\\b\\d+(?:\\.\\d+)?(?:%|[a-z]+)?)', '(?<keyword>@[\\w-]+|[.#][a-z_][\\w-]*)'],
  { folded: true, calls: false }
);
const SQL = language(['(?<comment>--.*|/\\*[^]*?(?:\\*/|$(?![^])))', `(?<string>${QUOTED})`, NUMBER, WORD], { keywords: SQL_WORDS, folded: true });
const YAML = language([HASH, '(?<property>^[ \\t]*(?:-[ \\t]+)*[\\w.$/][\\w.$/-]*(?=[ \\t]*(?:=|:(?:\\s|$)))|^[ \\t]*\\[{1,2}[^\\]\\n]*\\]{1,2})', `(?<string>${QUOTED})`, NUMBER, WORD], {
  names: `${LITERALS} yes no on off`,
  calls: false
});
const RUBY = language([HASH, `(?<string>${QUOTED}|(?<!:):\\w+)`, NUMBER, WORD], { keywords: RUBY_WORDS, names: LITERALS });
const R = language([HASH, `(?<string>${QUOTED})`, NUMBER, WORD], { keywords: R_WORDS, names: `${LITERALS} TRUE FALSE NULL NA Inf` });
const DIFF = language(['(?<keyword>^@@.*)', '(?<comment>^(?:diff|index|---|\\+\\+\\+).*)', '(?<added>^\\+.*)', '(?<removed>^-.*)'], { calls: false });
const MODELFILE = language(
  ['(?<comment>^[ \\t]*#.*)', '(?<keyword>^[ \\t]*(?:from|parameter|template|system|adapter|license|message|renderer|parser|requires)(?=\\s))', '(?<property>(?=\\w)(?<=^[ \\t]*parameter[ \\t]+)\\w+)', '(?<string>"""[^]*?(?:"""|$(?![^]))|"[^"\\n]*"?)', NUMBER],
  { folded: true, calls: false }
);

const NAMED: [Language, string][] = [
  [C, 'c h cpp c++ cc hpp java cs csharp c# go golang rust rs kotlin kt swift php scala dart zig objc'],
  [JAVASCRIPT, 'js javascript jsx mjs ts typescript tsx'],
  [PYTHON, 'py python python3 ipython pycon'],
  [JSON_LIKE, 'json jsonc json5 ndjson jsonl'],
  [SHELL, 'sh bash zsh shell console shell-session powershell ps1 fish dockerfile makefile make'],
  [MARKUP, 'html xml svg xhtml vue'],
  [CSS, 'css scss less'],
  [SQL, 'sql sqlite postgres postgresql mysql'],
  [YAML, 'yaml yml toml ini cfg conf properties env'],
  [RUBY, 'rb ruby elixir'],
  [R, 'r julia jl'],
  [DIFF, 'diff patch'],
  [MODELFILE, 'modelfile']
];
const BY_NAME = new Map(NAMED.flatMap(([table, names]) => names.split(' ').map((name): [string, Language] => [name, table])));

/** Return the table of the language that a fence names, with or without more words behind it. */
export function languageOf(info: string): Language | undefined {
  return BY_NAME.get((info.trim().split(/[\s,{:]/, 1)[0] ?? '').toLowerCase());
}
