//! What a user gets of an error, whatever crate it comes from: one trait, and one kind of code.
//!
//! An error type has a variant for each cause and implements [`UserError`]. Its codes are constants that
//! [`codes!`](crate::codes) declares, each with its exit code, what it means and what to do: so that the index of all
//! codes is made from the code itself, and no error can have a code that is not in it.

use std::fmt;

use serde::{Serialize, Serializer};

/// The exit codes of the command: a closed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// What was asked for is done.
    Done,
    /// A person has to decide.
    Waiting,
    /// A mission or an expectation failed, or a verification differed.
    Failed,
    /// The command line is wrong.
    Usage,
    /// A file, a name or a limit: the input was rejected.
    Rejected,
    /// A plugin was rejected.
    PluginRejected,
    /// Not the input's doing.
    HostFault,
}

impl Exit {
    /// All of them, from the best to the worst.
    pub const ALL: [Self; 7] =
        [Self::Done, Self::Waiting, Self::Failed, Self::Usage, Self::Rejected, Self::PluginRejected, Self::HostFault];

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Rejected => 3,
            Self::Waiting => 4,
            Self::PluginRejected => 5,
            Self::HostFault => 70,
        }
    }

    /// The worse of two: of several things that went wrong, the one that is told by the exit code.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        self.max(other)
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A stable code of an error, such as `file_not_found`, with what it means. [`codes!`](crate::codes!) makes them.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    name: &'static str,
    exit: Exit,
    meaning: &'static str,
    remedy: &'static str,
}

impl Code {
    /// A code. Declare it with [`codes!`](crate::codes), so that it is in the index.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: &'static str, exit: Exit, meaning: &'static str, remedy: &'static str) -> Self {
        Self { name, exit, meaning, remedy }
    }

    /// The code of a name in a list of them. One that is in none is a mistake in Sortie, and says so.
    ///
    /// ```
    /// use sortie_json::{Code, codes};
    ///
    /// assert_eq!(Code::find(codes::ALL, "duplicate_key").as_str(), "duplicate_key");
    /// assert_eq!(Code::find(codes::ALL, "no such code").as_str(), "bug");
    /// ```
    #[must_use]
    pub fn find(all: &[Self], name: &str) -> Self {
        const BUG: Code = Code::new("bug", Exit::HostFault, "This is a bug in Sortie.", "please report it");
        all.iter().find(|code| code.name == name).copied().unwrap_or(BUG)
    }

    /// The code as users see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.name
    }

    /// How a command that ends in such an error exits.
    #[must_use]
    pub const fn exit(self) -> Exit {
        self.exit
    }

    /// What it means.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        self.meaning
    }

    /// What to do about it, whatever the case.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        self.remedy
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Code {}

impl PartialEq<&str> for Code {
    fn eq(&self, other: &&str) -> bool {
        self.name == *other
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

/// An error as a user gets it. Its `Display` is a lower-case sentence without a full stop that says what is wrong.
pub trait UserError: std::error::Error {
    /// The stable code.
    fn code(&self) -> Code;

    /// What to do, in this case; what the code says for all of them, where there is nothing better to say.
    fn help(&self) -> Option<String> {
        Some(self.code().remedy().to_owned())
    }

    /// How a command that ends in it exits.
    fn exit(&self) -> Exit {
        self.code().exit()
    }
}

/// Declares codes as constants, and a list `ALL` of them. The doc of each is what it means. A list in brackets before
/// them names codes that are declared elsewhere and are in `ALL` too: each code is declared once in the workspace.
///
/// ```
/// mod codes {
///     sortie_json::codes! {
///         TOO_COLD = "too_cold", Rejected, "It is colder than is good for the plants.", "close the window";
///     }
/// }
///
/// assert_eq!(codes::TOO_COLD.as_str(), "too_cold");
/// assert_eq!(codes::ALL.len(), 1);
/// ```
#[macro_export]
macro_rules! codes {
    (
        $([$($other:path),* $(,)?])?
        $($name:ident = $code:literal, $exit:ident, $meaning:literal, $remedy:literal;)*
    ) => {
        $(
            #[doc = $meaning]
            pub const $name: $crate::Code = $crate::Code::new($code, $crate::Exit::$exit, $meaning, $remedy);
        )*

        /// The codes that the errors of this module's crate can have.
        pub const ALL: &[$crate::Code] = &[$($($other,)*)? $($name),*];
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_the_design_and_the_worst_is_told() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 4, 1, 2, 3, 5, 70]);
        assert_eq!(Exit::Waiting.worse(Exit::Failed), Exit::Failed);
        assert_eq!(Exit::HostFault.worse(Exit::Done), Exit::HostFault);
    }
}
