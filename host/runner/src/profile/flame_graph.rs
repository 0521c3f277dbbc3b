//! A flame graph as an SVG file that needs nothing else. Callers stand above what they call; a click on a box makes it as wide
//! as the picture, one on the first box shows all again.

use std::fmt::Write as _;

use super::Row;

/// The width and the height of what is drawn, in pixels.
const WIDTH: u64 = 1200;
const ROW: u64 = 18;
const TITLE: u64 = 30;
/// How much narrower than the whole a box may be before it is left out.
const NARROWEST: u64 = 4000;
/// What a letter takes, in tenths of a pixel.
const LETTER: u64 = 66;

const STYLE: &str = "text{font:11px ui-monospace,monospace;fill:#111;pointer-events:none}\
rect{stroke:#fff;stroke-width:.5;cursor:pointer}rect:hover{stroke:#000}";

/// Widens the box that is clicked: the boxes' places are in the attributes `data-x` and `data-w`, in units of fuel.
const SCRIPT: &str = "var boxes=[].slice.call(document.querySelectorAll('g.box')),W=1200;\
function n(g,a){return +g.getAttribute('data-'+a)}\
function show(x,w){boxes.forEach(function(g){var l=Math.max(n(g,'x'),x),r=Math.min(n(g,'x')+n(g,'w'),x+w);\
g.style.display=r>l?'':'none';if(r<=l)return;var at=(l-x)/w*W,wide=(r-l)/w*W,rect=g.querySelector('rect'),\
text=g.querySelector('text'),name=g.getAttribute('data-n'),room=Math.floor((wide-6)/6.6);\
rect.setAttribute('x',at);rect.setAttribute('width',wide);text.setAttribute('x',at+3);\
text.textContent=room<3?'':name.length<=room?name:name.slice(0,room-1)+'\\u2026'})}\
boxes.forEach(function(g){g.addEventListener('click',function(){show(n(g,'x'),n(g,'w'))})});";

pub(super) fn text(rows: &[Row]) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let all = first.total.max(1);
    let drawn: Vec<&Row> = rows.iter().filter(|row| row.total >= all / NARROWEST).collect();
    let deepest = drawn.iter().map(|row| row.depth).max().unwrap_or(0);
    let height = TITLE + ROW * (u64::try_from(deepest).unwrap_or(0) + 1) + 4;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">\n\
         <style>{STYLE}</style>\n<rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\" style=\"cursor:auto\"/>\n\
         <text x=\"4\" y=\"19\">{}: {all} units of fuel</text>\n",
        escaped(&first.name)
    );
    for row in drawn {
        let _ = draw(&mut svg, row, all);
    }
    svg + &format!("<script><![CDATA[{SCRIPT}]]></script>\n</svg>\n")
}

fn draw(svg: &mut String, row: &Row, all: u64) -> std::fmt::Result {
    let (x, width) = (tenths(row.start, all), tenths(row.total, all));
    let y = TITLE + ROW * u64::try_from(row.depth).unwrap_or(0);
    let name = escaped(&row.name);
    let hundredths = share(row.total, 10_000, all);
    let (percent, own) = (format!("{}.{:02}", hundredths / 100, hundredths % 100), row.own);
    write!(svg, "<g class=\"box\" data-x=\"{}\" data-w=\"{}\" data-n=\"{name}\">", row.start, row.total)?;
    write!(svg, "<title>{name}: {} ({percent} %), itself {own}</title>", row.total)?;
    let colour = colour(&row.name);
    write!(
        svg,
        "<rect x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{ROW}\" fill=\"{colour}\"/>",
        decimal(x),
        decimal(width)
    )?;
    let room = usize::try_from(width.saturating_sub(60) / LETTER).unwrap_or(0);
    writeln!(svg, "<text x=\"{}\" y=\"{}\">{}</text></g>", decimal(x + 30), y + 13, escaped(&cut(&row.name, room)))
}

/// So many of a whole, as a part of the picture's width in tenths of a pixel.
fn tenths(part: u64, all: u64) -> u64 {
    share(part, WIDTH * 10, all)
}

fn share(part: u64, of: u64, all: u64) -> u64 {
    u64::try_from(u128::from(part) * u128::from(of) / u128::from(all)).unwrap_or(u64::MAX)
}

fn decimal(tenths: u64) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A warm colour that is the same for the same name.
fn colour(name: &str) -> String {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("hsl({},75%,{}%)", 10 + hash % 45, 62 + (hash >> 8) % 14)
}

fn cut(name: &str, room: usize) -> String {
    if room < 3 {
        return String::new();
    }
    if name.chars().count() <= room {
        return name.to_owned();
    }
    name.chars().take(room - 1).chain(['…']).collect()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // No characters of XML.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}
