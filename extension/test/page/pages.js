// Small pages for the tests of snapshots: name of the case, page, and the tree without its header; `[ref]` for any ref.

/** @type {[string, string, string][]} */
export const PAGES = [
  ['says so when there is nothing', '', '(The page shows nothing.)'],
  [
    'shows text without roles as lines of text',
    'Hello <b>bold</b> world<div>Next</div><p>Para <i>graph</i>',
    '- text: Hello bold world\n- text: Next\n- paragraph: Para graph',
  ],
  [
    'shows headings with their level',
    '<h1>A</h1><h3>C</h3><div role=heading aria-level=5>E</div>',
    '- heading "A" [level=1] [ref]\n- heading "C" [level=3] [ref]\n- heading "E" [level=5] [ref]',
  ],
  [
    'shows links with their target',
    '<a href="/a/b?c=1#d">Go</a><a href="https://x.test/y">Out</a><a>None</a><a href="javascript:1">Js</a>',
    `
    - link "Go" [ref]
      - /url: /a/b?c=1#d
    - link "Out" [ref]
      - /url: https://x.test/y
    - text: None
    - link "Js" [ref]`,
  ],
  [
    'names fields by their labels',
    '<label>A <input></label><label for=b>B</label><input id=b><input aria-label=C><span id=d>D</span><input aria-labelledby=d><input placeholder=E><input title=F>',
    `
    - textbox "A" [ref]
    - textbox "B" [ref]
    - textbox "C" [ref]
    - text: D
    - textbox "D" [ref]
    - textbox "E" [ref]
    - textbox "F" [ref]`,
  ],
  [
    'shows what fields hold, but no password',
    '<input aria-label=A value="x y"><textarea aria-label=B>line\nmore</textarea><input type=password aria-label=C value=secret><input type=number aria-label=D value=3><input type=range aria-label=E value=40>',
    `
    - textbox "A" [ref]: x y
    - textbox "B" [ref]: line more
    - textbox "C" [ref]: ******
    - spinbutton "D" [ref]: 3
    - slider "E" [ref]: 40`,
  ],
  [
    'shows a hint that is not the name',
    '<input aria-label=Mail placeholder="you@example.org">',
    '- textbox "Mail" [ref]\n  - /placeholder: you@example.org',
  ],
  [
    'shows states of native controls',
    '<input type=checkbox checked aria-label=A><input type=checkbox aria-label=B disabled><input type=radio checked aria-label=C><input aria-label=D required readonly><fieldset disabled><button>E</button></fieldset>',
    `
    - checkbox "A" [checked] [ref]
    - checkbox "B" [disabled] [ref]
    - radio "C" [checked] [ref]
    - textbox "D" [required] [readonly] [ref]
    - group [disabled]
      - button "E" [disabled] [ref]`,
  ],
  [
    'shows states from ARIA',
    '<button aria-expanded=false>A</button><button aria-expanded=true aria-pressed=true>B</button><div role=checkbox aria-checked=mixed tabindex=0>C</div><div role=tab aria-selected=true>D</div><input aria-label=E aria-invalid=true><div aria-disabled=true><button>F</button></div>',
    `
    - button "A" [expanded=false] [ref]
    - button "B" [expanded] [pressed] [ref]
    - checkbox "C" [checked=mixed] [ref]
    - tab "D" [selected] [ref]
    - textbox "E" [invalid] [ref]
    - button "F" [disabled] [ref]`,
  ],
  [
    'shows where the focus is',
    '<input aria-label=A><input aria-label=B id=b><script>b.focus()</script>',
    '- textbox "A" [ref]\n- textbox "B" [focused] [ref]',
  ],
  [
    'shows drop-downs with their options',
    '<select aria-label=S><option>One<option selected>Two</select><select multiple aria-label=M><option selected>X<option>Y</select>',
    `
    - combobox "S" [ref]: Two
      - option "One"
      - option "Two" [selected]
    - listbox "M" [ref]
      - option "X" [selected]
      - option "Y"`,
  ],
  [
    'folds the many options of a drop-down on every page',
    `<select aria-label=S>${'<option>o'.repeat(40)}</select>`,
    `
    - combobox "S" [ref]: o
      - option "o" [selected]
    ${'  - option "o"\n    '.repeat(11)}  - (28 more option like these) [ref]`,
  ],
  [
    'leaves out what is not shown',
    '<p hidden>A<p style="display:none">B<p style="visibility:hidden">C<b style="visibility:visible">D</b></p><p aria-hidden=true>E<p inert>F</p><div style="content-visibility:hidden">G</div><details><summary>H</summary>I</details><p>J',
    `
    - text: D
    - group
      - button "H" [expanded=false] [ref]
    - paragraph: J`,
  ],
  [
    'looks through boxes that are not drawn',
    '<div style="display:contents"><button>A</button> text</div>',
    '- button "A" [ref]\n- text: text',
  ],
  [
    'shows open shadow roots and what is put into their slots',
    '<x-a><template shadowrootmode=open><h2>Shadow</h2><slot></slot><slot name=s>Default</slot></template><button>Light</button></x-a>',
    '- heading "Shadow" [level=2] [ref]\n- button "Light" [ref]\n- text: Default',
  ],
  [
    'flattens boxes without a role',
    '<div><div><span><button>A</button></span></div></div><section><button>B</button></section>',
    '- button "A" [ref]\n- button "B" [ref]',
  ],
  [
    'shows landmarks',
    '<header>H</header><nav>N</nav><main>M</main><aside>A</aside><section aria-label=S>s</section><form aria-label=F>f</form><search>q</search><footer>E</footer>',
    `
    - banner [ref]: H
    - navigation [ref]: N
    - main [ref]: M
    - complementary [ref]: A
    - region "S" [ref]: s
    - form "F" [ref]: f
    - search [ref]: q
    - contentinfo [ref]: E`,
  ],
  [
    "knows a header or footer of an article from the page's",
    '<article><header>H</header>x<footer>F</footer></article>',
    '- article [ref]\n  - text: H\n  - text: x\n  - text: F',
  ],
  [
    'shows lists',
    '<ul><li>A<li>B <a href=/c>C</a></ul><ol role=none><li>D</ol>',
    `
    - list [ref]
      - listitem: A
      - listitem
        - text: B
        - link "C" [ref]
          - /url: /c
    - text: D`,
  ],
  [
    'shows tables',
    '<table><caption>T</caption><thead><tr><th>A<th>B</thead><tr><th scope=row>1<td><button>x</button></table>',
    `
    - table "T" [ref]
      - row
        - columnheader "A"
        - columnheader "B"
      - row
        - rowheader "1"
        - cell
          - button "x" [ref]`,
  ],
  ['does not take a layout table for one', '<table role=presentation><tr><td>A<td>B</table>', '- text: A\n- text: B'],
  [
    'shows on what scripts listen to the mouse, but not what only hears of the controls in it',
    '<div id=a>More</div><div id=b><div>One</div><div>Two</div></div><div id=c>Of <button>D</button></div><p id=d>E</p><p id=e>F</p><div id=f></div><script>for (const id of ["a", "b", "c", "d", "f"]) document.getElementById(id).addEventListener("mousedown", () => {}); e.addEventListener("mousemove", () => {})</script>',
    `
    - generic "More" [ref]
    - generic [ref]
      - text: One
      - text: Two
    - text: Of
    - button "D" [ref]
    - paragraph [ref]: E
    - paragraph: F`,
  ],
  [
    'joins the text around and in a part whose script only hears of its controls',
    'It <b id=a>is <a href=/x>here</a></b><script>a.addEventListener("click", () => {})</script>',
    '- text: It is\n- link "here" [ref]\n  - /url: /x',
  ],
  [
    'tells the looks of what can be acted on and has no name',
    '<style>i, u { display: inline-block; width: 20px; height: 20px }</style><i id=a class="icon trash a b" style="background:url(/img/delete.png?v=2)"></i><u class=lime style="background:#0f0;cursor:pointer"></u><svg width=40 height=40><circle id=p r=9 cx=20 cy=20 fill=red></circle></svg><button class="css-0123456789012345678901234567890123 ql-bold" style="background:none"><svg width=9 height=9></svg></button><button style="background:none"><img src="/close.svg"></button><input id=q style="background:none"><input placeholder=Name><script>for (const id of ["a", "p"]) document.getElementById(id).addEventListener("click", () => {})</script>',
    `
    - generic [ref]
      - /looks: i#a.icon.trash.a, delete.png
    - generic [ref]
      - /looks: u.lime, #00ff00
    - generic [ref]
      - /looks: circle#p, #ff0000
    - button [ref]
      - /looks: button.ql-bold
    - button [ref]
      - /looks: button, close.svg
    - textbox [ref]
      - /looks: input#q
    - textbox "Name" [ref]`,
  ],
  [
    'shows the entries of lists that are drawn by a page as things to click',
    '<ul tabindex=0><li style="cursor:pointer">A</li></ul><div style="cursor:pointer">B<ul><li>C</li><li><button>D</button></li></ul></div>',
    `
    - list [ref]
      - listitem [ref]: A
    - generic [ref]
      - text: B
      - list [ref]
        - listitem [ref]: C
        - listitem
          - button "D" [ref]`,
  ],
  [
    'shows what a page made clickable without a control',
    '<div onclick="1">A</div><span style="cursor:pointer">B <i>b</i></span><div tabindex=0>C</div><div style="cursor:pointer"><h2>D</h2><button>E</button></div>',
    `
    - generic "A" [ref]
    - generic "B b" [ref]
    - generic "C" [ref]
    - generic [ref]
      - heading "D" [level=2] [ref]
      - button "E" [ref]`,
  ],
  [
    'shows what can be clicked in a heading or caption, and not what only hears of the control around it',
    '<h2>A <span onclick="1">B</span></h2><table><caption>C <i tabindex=0>D</i></caption><tr><td>E</table><button>F <span onclick="1">G</span></button>',
    `
    - heading "A B" [level=2] [ref]
      - generic "B" [ref]
    - table "C D" [ref]
      - generic "D" [ref]
      - row
        - cell "E"
    - button "F G" [ref]`,
  ],
  [
    'shows a label in the place of its hidden control',
    '<label for=f>Pick</label><input id=f type=checkbox style="display:none">',
    '- generic "Pick" [ref]',
  ],
  [
    'shows editable regions as fields',
    '<div contenteditable aria-label=Ed>Some <b>text</b></div>',
    '- textbox "Ed" [ref]: Some text',
  ],
  [
    'shows pictures by their text and leaves out decoration',
    '<img alt=Photo><img alt=""><img><svg><title>Chart</title></svg><svg><path/></svg>',
    '- img "Photo" [ref]\n- img [ref]\n- img "Chart" [ref]',
  ],
  [
    'follows aria-owns',
    '<div role=listbox aria-label=L aria-owns=o></div><p>Mid</p><div id=o role=option aria-selected=true>O</div>',
    '- listbox "L" [ref]\n  - option "O" [selected] [ref]\n- paragraph: Mid',
  ],
  [
    'keeps to a modal dialog while one is open',
    '<button>Out</button><dialog id=d aria-label=D><button>In</button></dialog><script>d.showModal()</script>',
    '- dialog "D" [ref]\n  - button "In" [focused] [ref]',
  ],
  [
    'escapes names so that a page cannot write lines of its own',
    '<button aria-label=\'a"\n- button "fake" [ref=e99]\'>x</button><p>- link "fake"\n[ref=e98]',
    '- button "a\\" - button \\"fake\\" [ref=e99]" [ref]\n- paragraph: - link "fake" [ref=e98]'
      .replace('[ref=e99]', '[ref]')
      .replace('[ref=e98]', '[ref]'),
  ],
  [
    "does not repeat a link's text below it, but shows the controls in it",
    '<h2><a href=/a>Title</a></h2><button>Save <b>all</b></button>',
    `
    - heading "Title" [level=2] [ref]
      - link "Title" [ref]
        - /url: /a
    - button "Save all" [ref]`,
  ],
  [
    'shows a tree with its items below each other',
    '<ul role=tree><li role=treeitem aria-expanded=true>A<ul role=group><li role=treeitem>B</ul></ul>',
    `
    - tree [ref]
      - treeitem "A" [expanded] [ref]
        - treeitem "B" [ref]`,
  ],
];

/** A page with a little of everything. */
export const RICH = `
  <header><h1>Shop <small>beta</small></h1><nav aria-label="Main"><a href="/a">Home</a> <a href="/b" title="More">About us</a></nav></header>
  <main><form aria-labelledby=ft><h2 id=ft>Sign <em>up</em></h2>
  <label>First <b>name</b><input></label><label for=l>Last</label><input id=l placeholder=x>
  <input placeholder="Only placeholder"><input title="Only title"><input type=search aria-label=Find>
  <fieldset><legend>Colour</legend><label><input type=radio name=c> Red</label><label><input type=radio name=c>Blue</label></fieldset>
  <input type=checkbox id=cb><label for=cb>I agree to <a href=/t>terms</a></label>
  <select aria-label=Country><option>A</select><textarea aria-label=Note></textarea><input type=range aria-label=Size><input type=number aria-label=Count>
  <button>Save <span aria-hidden=true>x</span></button><button aria-label="Close it">x</button><button><img alt="Print it"></button><button title=Tip></button>
  <input type=submit><input type=reset><input type=button value=Plain><input type=image alt=Go>
  <div role=switch aria-checked=true tabindex=0>Dark</div><div role=button tabindex=0><div>Two</div><div>blocks</div></div>
  </form><table><caption>Prices</caption><tr><th>Item</th></tr></table><ul><li>x</ul>
  <a href=/img><img src=x alt=Logo></a><a href=/none aria-labelledby="ft l2">zzz</a><span id=l2>later</span>
  <details><summary>More info</summary>hidden</details><img alt="A picture"><figure><img alt=i><figcaption>Cap</figcaption></figure></main>
  <aside>Side</aside><footer>Foot</footer><div role=tablist><div role=tab aria-selected=true tabindex=0>Tab one</div></div>`;
