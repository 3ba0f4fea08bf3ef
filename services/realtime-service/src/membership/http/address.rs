//! The addresses of the membership service, with their places filled.

use signal_protocol::{RoomId, UserId};
use url::Url;

use super::Unanswered;

/// An address with `{room_id}`, and `{user_id}` where it is about one person.
pub(super) struct Template(pub(super) String);

impl Template {
    /// The template with its two places filled. The grammar of both ids leaves only `@` and `:` to escape, and both may
    /// stand in a path segment as they are (RFC 3986, `pchar`). A user called `.` or `..` has no address: URL parsers
    /// resolve both away, escaped or not, and the question would be about something else.
    pub(super) fn of_member(&self, room: &RoomId, user: &UserId) -> Result<Url, Unanswered> {
        if matches!(user.as_str(), "." | "..") {
            return Err(Unanswered::DotSegment);
        }
        Ok(Url::parse(&self.with_room(room).replace("{user_id}", user.as_str()))?)
    }

    /// The template with its one place filled. No room is called `.` or `..`.
    pub(super) fn of_room(&self, room: &RoomId) -> Result<Url, Unanswered> {
        Ok(Url::parse(&self.with_room(room))?)
    }

    fn with_room(&self, room: &RoomId) -> String {
        self.0.replace("{room_id}", room.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_in_the_address_as_they_are() {
        let room = RoomId::parse("a.b:c").unwrap();
        let user = UserId::parse("f:ldap:ann@example.org").unwrap();
        let template = Template("https://app/rooms/{room_id}/members/{user_id}?v=1".to_owned());
        let filled = template.of_member(&room, &user).unwrap();
        assert_eq!(filled.as_str(), "https://app/rooms/a.b:c/members/f:ldap:ann@example.org?v=1");
        for dots in [".", ".."] {
            let refused = template.of_member(&room, &UserId::parse(dots).unwrap());
            assert!(matches!(refused, Err(Unanswered::DotSegment)));
        }
        let listing = Template("https://app/rooms/{room_id}/members".to_owned()).of_room(&room).unwrap();
        assert_eq!(listing.as_str(), "https://app/rooms/a.b:c/members");
    }
}
