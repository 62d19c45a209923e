// Text of any script, and signs that are not to be seen.

/** @type {[string, string][]} */
export const TEXTS = [
  ['right to left', '<div dir=rtl><button>&#x5e9;&#x5dc;&#x5d5;&#x5dd; world</button><a href=/a>&#x645;&#x631;&#x62d;&#x628;&#x627; 123</a><label>&#x5e9;&#x5dd; <input value="&#x5d0;&#x5d1;"></label></div>'],
  ['emoji and joined signs', '<button>&#x1f468;&#x200d;&#x1f469;&#x200d;&#x1f467; Family</button><button>&#x1f1e9;&#x1f1ea;</button><h2>&#x1f44d;&#x1f3fd; ok &#x2764;&#xfe0f;</h2>'],
  ['letters that need joiners', '<button>&#x646;&#x645;&#x6cc;&#x200c;&#x62e;&#x648;&#x627;&#x647;&#x645;</button><a href=/a>&#x915;&#x94d;&#x200d;&#x937;</a>'],
  ['signs without width', '<button>Sa&#x200b;ve</button><button>so&shy;ft</button><a href=/a>&#xfeff;Start</a>'],
  ['signs that turn text', '<button>&#x202e;evil&#x202c; x</button><a href=/a>&#x2066;a&#x2069; b&#x200f;</a>'],
  ['scripts of the world', '<h1>\u65e5\u672c\u8a9e \u4e2d\u6587 \ud55c\uad6d\uc5b4</h1><button>\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35</button><a href=/a>\u041f\u0440\u0438\u0432\u0435\u0442</a><button>e\u0301\u0323</button>'],
  ['ruby, small capitals, upper case', '<button><ruby>\u6f22<rp>(</rp><rt>kan</rt><rp>)</rp></ruby></button><button style="text-transform:uppercase">low</button><button style="font-variant:small-caps">small</button>'],
  ['text cut by style', '<button style="width:30px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap">A very long text</button><a href=/a style="font-size:0">Zero</a>'],
];
