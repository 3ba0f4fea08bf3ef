//! Which line may follow which: RFC 8866, section 5.

use webrtc_sdp::SdpType;
use webrtc_sdp::attribute_type::SdpAttribute;

/// What has been read so far.
#[derive(Default)]
pub(super) struct Structure {
    part: Part,
    has_time: bool,
    has_connection: bool,
}

/// Where the next line stands.
#[derive(Clone, Copy, Default)]
enum Part {
    /// Before `v=`.
    #[default]
    Version,
    /// Before `o=`.
    Origin,
    /// Before `s=`.
    Name,
    /// Before the first `m=`.
    Session,
    /// Within a media section.
    Media { has_connection: bool },
}

const NO_CONNECTION: &str = "there is no `c=`, neither of the session nor of each media section";

impl Structure {
    /// Takes the next line, or tells what is wrong with its place.
    pub(super) fn take(&mut self, line: &SdpType) -> Result<(), String> {
        match (self.part, line) {
            (Part::Version, SdpType::Version(_)) => self.part = Part::Origin,
            (Part::Version, _) => return Err("must be `v=0`, the first of all".to_owned()),
            (Part::Origin, SdpType::Origin(_)) => self.part = Part::Name,
            (Part::Origin, _) => return Err("must be `o=`, the second of all".to_owned()),
            (Part::Name, SdpType::Session(_)) => self.part = Part::Session,
            (Part::Name, _) => return Err("must be `s=`, the third of all".to_owned()),
            (Part::Session, line) => self.take_of_session(line)?,
            (Part::Media { has_connection }, line) => self.take_of_media(line, has_connection)?,
        }
        Ok(())
    }

    /// Takes an attribute that the parser does not know.
    pub(super) fn take_unknown_attribute(&self) -> Result<(), String> {
        match self.part {
            Part::Version | Part::Origin | Part::Name => {
                Err("stands before `v=`, `o=` and `s=` are complete".to_owned())
            }
            Part::Session | Part::Media { .. } => Ok(()),
        }
    }

    /// Whether the description may end here.
    pub(super) fn end(&self) -> Result<(), &'static str> {
        match self.part {
            Part::Version | Part::Origin | Part::Name => {
                return Err("it ends before `v=`, `o=` and `s=` are complete");
            }
            Part::Session => {}
            Part::Media { has_connection } if has_connection || self.has_connection => {}
            Part::Media { .. } => return Err(NO_CONNECTION),
        }
        if self.has_time { Ok(()) } else { Err("there is no `t=`") }
    }

    fn take_of_session(&mut self, line: &SdpType) -> Result<(), String> {
        match line {
            SdpType::Media(_) => self.part = Part::Media { has_connection: false },
            SdpType::Timing(_) => self.has_time = true,
            SdpType::Connection(_) if self.has_connection => return Err(twice("c")),
            SdpType::Connection(_) => self.has_connection = true,
            SdpType::Attribute(attribute) if !attribute.allowed_at_session_level() => {
                return Err(misplaced(attribute, "belongs into a media section"));
            }
            SdpType::Attribute(_) | SdpType::Bandwidth(_) | SdpType::Information(_) => {}
            SdpType::Version(_) => return Err(twice("v")),
            SdpType::Origin(_) => return Err(twice("o")),
            SdpType::Session(_) => return Err(twice("s")),
        }
        Ok(())
    }

    fn take_of_media(&mut self, line: &SdpType, has_connection: bool) -> Result<(), String> {
        match line {
            SdpType::Media(_) if !(has_connection || self.has_connection) => {
                return Err(NO_CONNECTION.to_owned());
            }
            SdpType::Media(_) => self.part = Part::Media { has_connection: false },
            SdpType::Connection(_) if has_connection => return Err(twice("c")),
            SdpType::Connection(_) => self.part = Part::Media { has_connection: true },
            SdpType::Attribute(attribute) if !attribute.allowed_at_media_level() => {
                return Err(misplaced(attribute, "belongs before the first `m=`"));
            }
            SdpType::Attribute(_) | SdpType::Bandwidth(_) | SdpType::Information(_) => {}
            SdpType::Timing(_) | SdpType::Version(_) | SdpType::Origin(_) | SdpType::Session(_) => {
                return Err("stands in a media section, and belongs before the first `m=`".to_owned());
            }
        }
        Ok(())
    }
}

fn twice(letter: &str) -> String {
    format!("`{letter}=` is there already")
}

fn misplaced(attribute: &SdpAttribute, problem: &str) -> String {
    let name = webrtc_sdp::attribute_type::SdpAttributeType::from(attribute);
    format!("`a={name}` {problem}")
}
