// Where a snapshot and Chromium's accessibility tree may differ, on which pages, and why.

/** @type {{line: RegExp, because: string, pages: string[]}[]} */
export const ACCEPTED = [
  {
    line: /^states: combobox ".*" (.* )?\| (.* )?expanded=false/,
    because: 'a native drop-down is always collapsed for an agent, which selects by value: saying so tells nothing',
    pages: [
      'label around a drop-down among words',
      'disabled',
      'required and read-only',
      'values of drop-downs',
      'invalid by itself',
      'a drop-down that the page styles',
    ],
  },
  {
    line: /^name: textbox "Hidden label" \| ""/,
    because: 'accname 2A counts a hidden label of the host language, and it is all that there is',
    pages: ['label that is hidden'],
  },
  {
    line: /^name: textbox "Hint" \| ""/,
    because: 'a label without text says nothing; accname goes on to the placeholder',
    pages: ['empty label'],
  },
  {
    line: /^only theirs: img /,
    because: 'a picture in a label, a link or a button is told by the name of that',
    pages: ['label with a picture', 'pictures in a name', 'drawings in a name', 'inputs that are buttons'],
  },
  {
    line: /^name: figure "Sales 2026" \| ""/,
    because: 'HTML-AAM names a figure by its caption',
    pages: ['figures'],
  },
  {
    line: /^(name|description): img "Tip"/,
    because: 'HTML-AAM names a picture without another text by its title',
    pages: ['images'],
  },
  {
    line: /^name: button "Contents" \| "Con tents"/,
    because: 'a box that is not drawn parts no words',
    pages: ['names of content with display contents'],
  },
  {
    line: /^value: (slider|spinbutton|meter) /,
    because: 'a value in words says what a person reads',
    pages: ['name with embedded widgets', 'values of numbers', 'meter and slider'],
  },
  {
    line: /^value: textbox ".*" \*+ \| \u2022+$/,
    because: 'passwords are stars, in ASCII',
    pages: ['values of fields', 'login form'],
  },
  {
    line: /^role: iframe ".*" \| (PluginObject|EmbeddedObject) /,
    because: 'the documents that they show are read as those of frames',
    pages: ['embedded things'],
  },
  {
    line: /^(role|name|states): generic "Plain" /,
    because: 'what a script tells of its own element by ElementInternals is hidden from all other scripts',
    pages: ['a role by ElementInternals'],
  },
  {
    line: /^only theirs: group ""/,
    because: 'a group without a name, such as a popover or an address, says nothing by itself',
    pages: ['native popovers', 'quotes, code and time', 'tree', 'tree of links'],
  },
  {
    line: /^states: option "x" disabled selected \| disabled/,
    because: 'what a drop-down shows is selected, disabled or not',
    pages: ['disabled'],
  },
  {
    line: /^states: group ".*" disabled \| $/,
    because: 'a disabled field set or group of options explains why its controls are disabled',
    pages: ['disabled by a field set', 'disabled options'],
  },
  {
    line: /^states: (checkbox|radio|combobox) ".*" required \| (expanded=false )?invalid/,
    because: 'what is required and not given yet is called required and not invalid, as for text fields',
    pages: ['required radio buttons and boxes', 'invalid by itself'],
  },
  {
    line: /^states: heading "[GH]" level=[23] \| level=1/,
    because: 'a level that is no number from 1 on is none: the own level of the element counts, or 2',
    pages: ['levels'],
  },
  {
    line: /^only theirs: (spinbutton|button) "(Show .* picker|Month|Day|Year|Hours|Minutes|AM\/PM|Week)/,
    because: 'the inner parts of a date field are drawn by the browser; an agent types into the field as a whole',
    pages: ['dates and times'],
  },
  {
    line: /^role: spinbutton "D" \| combobox "D"/,
    because: 'HTML-AAM keeps a number field with suggestions a spin button',
    pages: ['fields with suggestions'],
  },
  {
    line: /^states: option "B" {2}\| selected/,
    because: 'Chromium takes the active option for the selected one; a snapshot says active',
    pages: ['focus of a composite by its descendant'],
  },
  {
    line: /^only theirs: form ""/,
    because: 'HTML-AAM: a form without a name is no landmark',
    pages: ['landmarks'],
  },
  {
    line: /^only theirs: banner ""/,
    because: 'HTML-AAM: the header of a region by ARIA belongs to the region',
    pages: ['header within roles by ARIA'],
  },
  {
    line: /^name: term "" \| "T"/,
    because: 'ARIA allows a term no name; its text stands in its line',
    pages: ['lists'],
  },
  {
    line: /^only theirs: listitem ""/,
    because: 'HTML: an item outside a list is none',
    pages: ['list items without a list'],
  },
  {
    line: /^(role|name): generic "Toggle"/,
    because: "a limit: roles by element internals are the page's secret; the element is shown as clickable",
    pages: ['roles by element internals'],
  },
  {
    line: /^only ours: canvas ""/,
    because: 'a canvas without a name may be all that a page is, and can be clicked by its place',
    pages: ['images, canvas, video, audio'],
  },
  {
    line: /^(name|states): (video|audio) /,
    because: 'what the player says of a film that does not load is no name and no state of ours',
    pages: ['images, canvas, video, audio'],
  },
  {
    line: /^only theirs: (slider|button) "(video|audio|play|show more|enter|mute)/,
    because: 'the parts of a player are drawn by the browser',
    pages: ['images, canvas, video, audio'],
  },
  {
    line: /^only theirs: button "Fallback"/,
    because: 'what stands in for a canvas is not drawn and cannot be clicked',
    pages: ['images, canvas, video, audio'],
  },
  {
    line: /^states: button "Fallback" {2}\| disabled/,
    because: 'what stands in for an object that does not load is a button like any other',
    pages: ['embedded things'],
  },
  {
    line: /^role: generic "H" \| link "H"/,
    because: 'HTML-AAM: an anchor without an address is no link; it is shown as clickable',
    pages: ['links of every kind'],
  },
  {
    line: /^(role|value): textbox "(A|B|C|Ed)"/,
    because: 'an editable region is a field to type into, whatever its element',
    pages: ['editable regions', 'a page that is editable'],
  },
  {
    line: /^name: heading "Heading" \| ""/,
    because: 'an editable heading is named by its text like any other',
    pages: ['editable regions'],
  },
  {
    line: /^only theirs: (list|listitem|link|heading) "/,
    because: 'what is in an editable region is its value',
    pages: ['rich editor', 'a page that is editable'],
  },
  {
    line: /^(name: menuitem "Share" \| "Share Share"|only theirs: menu "Share")/,
    because: 'the items of a menu within an item are lines below it, and no part of its name',
    pages: ['menu item with a menu in it'],
  },
  {
    line: /^states: treeitem ".*\| .*level=[12]$/,
    because: 'the indentation tells a level that the page does not give',
    pages: ['tree', 'tree of links'],
  },
  {
    line: /^name: (button|link) "/,
    because: 'signs that cannot be seen, and signs that turn text, are left out of every name',
    pages: ['signs without width', 'signs that turn text'],
  },
  {
    line: /^name: button "(\u6f22 kan|low)"/,
    because: 'text is told as it is written, with its annotation and in its own case, so that it can be found again',
    pages: ['ruby, small capitals, upper case'],
  },
];
