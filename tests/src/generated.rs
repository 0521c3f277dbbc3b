//! Programs made of bytes: whatever the bytes, a plugin that loads, and whose call ends.

use std::fmt::Write as _;

/// How deep an expression nests.
const DEEPEST: u32 = 5;
/// How long a program gets, in bytes of text, before its expressions become constants.
const LONGEST: usize = 6_000;
/// How many statements a program has at most.
const MOST_STATEMENTS: u8 = 24;

/// A plugin's module, as text for [`TextPlugin`](crate::TextPlugin): it computes with integers, floats and vectors, uses
/// memory within and beyond its bounds, calls itself and through a table, traps, and returns a digest of all it computed.
#[must_use]
pub fn program(bytes: &[u8]) -> String {
    let mut program = Program { choices: bytes, text: String::new() };
    let statements = program.choice(MOST_STATEMENTS);
    for _ in 0..statements {
        program.statement(0);
    }
    let body = program.text;
    format!(
        r#"(table 4 funcref)
(elem (i32.const 0) $twice $deeper)
(type $of_i64 (func (param i64) (result i64)))
(func $twice (type $of_i64) (i64.mul (local.get 0) (i64.const 2)))
(func $deeper (type $of_i64)
  (if (result i64) (i64.eqz (local.get 0))
    (then (i64.const 1))
    (else (i64.add (i64.const 3) (call $deeper (i64.sub (local.get 0) (i64.const 1)))))))
(func (export "sortie:plugin/mission@0.2.0#execute") (type $execute)
  (local $i0 i32) (local $i1 i32) (local $l0 i64) (local $l1 i64) (local $f0 f32) (local $f1 f32)
  (local $d0 f64) (local $d1 f64) (local $v0 v128) (local $v1 v128) (local $turns i32) (local $digest i64) (local $at i32)
{body}
  (local.set $digest (i64.xor (i64.extend_i32_u (local.get $i0)) (local.get $l0)))
  {mixed}
  (local.set $at (i32.const 512))
  (loop $again
    (i32.store8 (local.get $at) (i32.add (i32.const 0x31) (i32.wrap_i64 (i64.and (local.get $digest) (i64.const 7)))))
    (local.set $digest (i64.shr_u (local.get $digest) (i64.const 3)))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (br_if $again (i32.lt_u (local.get $at) (i32.const 527))))
  (call $output (i32.const 512) (i32.const 15)))"#,
        mixed = mixed()
    )
}

/// Takes each value into the digest.
fn mixed() -> String {
    MIXED.iter().fold(String::new(), |mut text, value| {
        let _ = writeln!(
            text,
            "(local.set $digest (i64.add (i64.rotl (i64.mul (local.get $digest) (i64.const 0x9E3779B97F4A7C15)) \
             (i64.const 23)) {value}))"
        );
        text
    })
}

/// What the digest is made of.
const MIXED: &[&str] = &[
    "(i64.extend_i32_u (local.get $i1))",
    "(local.get $l1)",
    "(i64.extend_i32_u (i32.reinterpret_f32 (local.get $f0)))",
    "(i64.extend_i32_u (i32.reinterpret_f32 (local.get $f1)))",
    "(i64.reinterpret_f64 (local.get $d0))",
    "(i64.reinterpret_f64 (local.get $d1))",
    "(i64x2.extract_lane 0 (local.get $v0))",
    "(i64x2.extract_lane 1 (local.get $v0))",
    "(i64x2.extract_lane 0 (local.get $v1))",
    "(i64x2.extract_lane 1 (local.get $v1))",
    "(i64.load (i32.const 64))",
    "(i64.load (i32.const 4096))",
    "(i64.extend_i32_u (memory.size))",
];

#[derive(Clone, Copy)]
enum Kind {
    I32,
    I64,
    F32,
    F64,
    V128,
}

impl Kind {
    const ALL: [Self; 5] = [Self::I32, Self::I64, Self::F32, Self::F64, Self::V128];

    fn name(self) -> &'static str {
        match self {
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::V128 => "v128",
        }
    }

    /// What its locals' names begin with.
    fn local(self) -> char {
        match self {
            Self::I32 => 'i',
            Self::I64 => 'l',
            Self::F32 => 'f',
            Self::F64 => 'd',
            Self::V128 => 'v',
        }
    }

    /// Instructions of two operands of this kind, and of one.
    fn operations(self) -> (&'static [&'static str], &'static [&'static str]) {
        const INTEGER: &[&str] = &[
            "add", "sub", "mul", "and", "or", "xor", "shl", "shr_s", "shr_u", "rotl", "rotr", "div_s", "div_u",
            "rem_s", "rem_u",
        ];
        const FLOAT: &[&str] = &["add", "sub", "mul", "div", "min", "max", "copysign"];
        const VECTOR: &[&str] = &[
            "i8x16.add",
            "i8x16.add_sat_u",
            "i8x16.swizzle",
            "i8x16.narrow_i16x8_s",
            "i16x8.mul",
            "i16x8.q15mulr_sat_s",
            "i16x8.avgr_u",
            "i32x4.dot_i16x8_s",
            "i32x4.sub",
            "i64x2.mul",
            "i64x2.extmul_low_i32x4_u",
            "f32x4.add",
            "f32x4.div",
            "f32x4.min",
            "f32x4.pmax",
            "f64x2.mul",
            "f64x2.div",
            "f64x2.max",
            "f64x2.pmin",
            "f32x4.lt",
            "v128.andnot",
        ];
        match self {
            Self::I32 => (INTEGER, &["clz", "ctz", "popcnt", "extend8_s"]),
            Self::I64 => (INTEGER, &["clz", "ctz", "popcnt", "extend32_s"]),
            Self::F32 | Self::F64 => (FLOAT, &["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"]),
            Self::V128 => (
                VECTOR,
                &[
                    "v128.not",
                    "i8x16.popcnt",
                    "i16x8.abs",
                    "f32x4.sqrt",
                    "f32x4.nearest",
                    "f64x2.neg",
                    "f64x2.ceil",
                    "i32x4.trunc_sat_f32x4_s",
                    "i32x4.trunc_sat_f64x2_u_zero",
                    "f32x4.convert_i32x4_u",
                    "f32x4.demote_f64x2_zero",
                    "f64x2.promote_low_f32x4",
                ],
            ),
        }
    }

    /// Instructions that make this kind of another one; of those that trap, the saturating forms too.
    fn conversions(self) -> &'static [(&'static str, Self)] {
        match self {
            Self::I32 => &[
                ("i32.wrap_i64", Self::I64),
                ("i32.trunc_f32_s", Self::F32),
                ("i32.trunc_f64_u", Self::F64),
                ("i32.trunc_sat_f64_s", Self::F64),
                ("i32.trunc_sat_f32_u", Self::F32),
                ("i32.reinterpret_f32", Self::F32),
                ("i64.eqz", Self::I64),
                ("i32x4.extract_lane 2", Self::V128),
                ("i8x16.bitmask", Self::V128),
                ("v128.any_true", Self::V128),
            ],
            Self::I64 => &[
                ("i64.extend_i32_s", Self::I32),
                ("i64.extend_i32_u", Self::I32),
                ("i64.trunc_f64_s", Self::F64),
                ("i64.trunc_sat_f32_u", Self::F32),
                ("i64.reinterpret_f64", Self::F64),
                ("i64x2.extract_lane 1", Self::V128),
            ],
            Self::F32 => &[
                ("f32.convert_i32_s", Self::I32),
                ("f32.convert_i64_u", Self::I64),
                ("f32.demote_f64", Self::F64),
                ("f32.reinterpret_i32", Self::I32),
                ("f32x4.extract_lane 3", Self::V128),
            ],
            Self::F64 => &[
                ("f64.convert_i32_u", Self::I32),
                ("f64.convert_i64_s", Self::I64),
                ("f64.promote_f32", Self::F32),
                ("f64.reinterpret_i64", Self::I64),
                ("f64x2.extract_lane 0", Self::V128),
            ],
            Self::V128 => &[
                ("i8x16.splat", Self::I32),
                ("i64x2.splat", Self::I64),
                ("f32x4.splat", Self::F32),
                ("f64x2.splat", Self::F64),
            ],
        }
    }
}

struct Program<'b> {
    choices: &'b [u8],
    text: String,
}

impl Program<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.choices.split_first() else { return 0 };
        self.choices = rest;
        *first
    }

    /// A number below `count`.
    fn choice(&mut self, count: u8) -> u8 {
        self.byte() % count.max(1)
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        let at = usize::from(self.byte()) % list.len();
        list[at]
    }

    fn add(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn statement(&mut self, depth: u32) {
        match self.choice(if depth < 2 { 14 } else { 9 }) {
            0..=4 => {
                let kind = self.one_of(&Kind::ALL);
                let local = self.choice(2);
                let _ = write!(self.text, "  (local.set ${}{local} ", kind.local());
                self.expression(kind, 0);
                self.add(")\n");
            }
            5 | 6 => {
                let kind = self.one_of(&Kind::ALL);
                let _ = write!(self.text, "  ({}.store ", kind.name());
                self.address();
                self.expression(kind, 1);
                self.add(")\n");
            }
            7 => {
                let instruction = self.one_of(&["memory.fill", "memory.copy"]);
                let _ = write!(self.text, "  ({instruction} ");
                self.address();
                self.address();
                let length = u32::from(self.byte()) * 4;
                let _ = writeln!(self.text, "(i32.const {length}))");
            }
            8 => {
                let pages = self.one_of(&[0, 1, 3, 1_000, 70_000]);
                let _ = writeln!(self.text, "  (local.set $i1 (memory.grow (i32.const {pages})))");
            }
            9 | 10 => {
                self.add("  (if ");
                self.expression(Kind::I32, 1);
                self.add(" (then\n");
                self.statement(depth + 1);
                self.add("  ) (else\n");
                self.statement(depth + 1);
                self.add("  ))\n");
            }
            11 | 12 => {
                let turns = self.byte();
                let _ = writeln!(self.text, "  (local.set $turns (i32.const {turns}))\n  (loop");
                self.statement(depth + 1);
                self.add(
                    "  (local.set $turns (i32.sub (local.get $turns) (i32.const 1)))\n  \
                     (br_if 0 (i32.gt_s (local.get $turns) (i32.const 0))))\n",
                );
            }
            _ => {
                // Some of these entries of the table are empty, and some indices beyond it.
                let index = self.choice(6);
                self.add("  (local.set $l0 (call_indirect (type $of_i64) ");
                let steps = self.one_of(&[0, 1, 9, 1_000, 1_000_000]);
                let _ = writeln!(self.text, "(i64.const {steps}) (i32.const {index})))");
            }
        }
    }

    /// An address: mostly within the memory.
    fn address(&mut self) {
        if self.choice(8) == 0 {
            self.expression(Kind::I32, 3);
        } else {
            self.add("(i32.and (i32.const 0x3ffc) ");
            self.expression(Kind::I32, 3);
            self.add(")");
        }
    }

    fn expression(&mut self, kind: Kind, depth: u32) {
        if depth >= DEEPEST || self.text.len() > LONGEST {
            return self.constant(kind);
        }
        let (of_two, of_one) = kind.operations();
        let prefix = if matches!(kind, Kind::V128) { String::new() } else { format!("{}.", kind.name()) };
        match self.choice(9) {
            0 | 1 => self.constant(kind),
            2 | 3 => {
                let local = self.choice(2);
                let _ = write!(self.text, "(local.get ${}{local})", kind.local());
            }
            4 | 5 => {
                let instruction = self.one_of(of_two);
                let _ = write!(self.text, "({prefix}{instruction} ");
                self.expression(kind, depth + 1);
                self.expression(kind, depth + 1);
                self.add(")");
            }
            6 => {
                let instruction = self.one_of(of_one);
                let _ = write!(self.text, "({prefix}{instruction} ");
                self.expression(kind, depth + 1);
                self.add(")");
            }
            7 => {
                let (instruction, from) = self.one_of(kind.conversions());
                let _ = write!(self.text, "({instruction} ");
                self.expression(from, depth + 1);
                self.add(")");
            }
            _ => {
                let _ = write!(self.text, "({}.load ", kind.name());
                self.address();
                self.add(")");
            }
        }
    }

    fn constant(&mut self, kind: Kind) {
        const FLOATS: &[&str] =
            &["0", "-0", "1.5", "-3.25", "inf", "-inf", "nan", "nan:0x2001", "1e30", "-1e-30", "4294967296"];
        const INTEGERS: &[&str] = &["0", "1", "-1", "7", "0x7fffffff", "-0x80000000", "65535"];
        let constant = match kind {
            Kind::I32 | Kind::I64 => self.one_of(INTEGERS).to_owned(),
            Kind::F32 | Kind::F64 => self.one_of(FLOATS).to_owned(),
            Kind::V128 => format!("i32x4 {} {} 0x7fc00001 {}", self.byte(), self.byte(), self.byte()),
        };
        let _ = write!(self.text, "({}.const {constant})", kind.name());
    }
}
