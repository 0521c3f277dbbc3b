//! The connections that there are, and which of them gives way where there is room for no more.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::rate::network;

/// How many connections there are at once.
pub(crate) const MAX_CONNECTIONS: usize = 512;
/// How many of them one address may have, where others reach the server from addresses of their own.
const MAX_OF_ADDRESS: usize = 128;
/// With how many connections of strangers one of theirs gives way first: with fewer, an idle one of a user does, so that
/// a user who comes has time to say who they are.
const ROOM_FOR_STRANGERS: usize = 128;

/// The connections. Who comes is let in while anybody is there who only holds a place: the one that has done so for the longest
/// time is closed. Connections of strangers give way before those of users, and of no connection whose request is being
/// answered.
#[derive(Debug)]
pub(crate) struct Room {
    most: usize,
    seats: Mutex<Seats>,
    /// Somebody left, or holds no more than a place.
    freed: Notify,
}

#[derive(Debug, Default)]
struct Seats {
    /// How often somebody came or was served. Each seat has a number of its own.
    clock: u64,
    by_number: BTreeMap<u64, Seat>,
}

#[derive(Debug)]
struct Seat {
    network: IpAddr,
    /// Whether a request has come by it of somebody who is signed in.
    is_known: bool,
    /// Whether a request that came by it, with all of its body, is being answered.
    is_served: bool,
    /// Since when it holds its place without being served.
    since: u64,
    leave: Arc<Notify>,
}

/// A connection's place, which is free again once this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    chair: Chair,
    leave: Arc<Notify>,
}

/// A connection's place, for its requests.
#[derive(Debug, Clone)]
pub(crate) struct Chair {
    room: Arc<Room>,
    number: u64,
}

/// The time in which a request is answered.
#[derive(Debug)]
pub(crate) struct Service(Chair);

/// What becomes of somebody who comes.
enum Arrival {
    Seated(Place),
    Refused,
    Waits,
}

impl Room {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, seats: Mutex::default(), freed: Notify::new() })
    }

    /// A place for a connection from there, as soon as there is one. None, if all that its address may have are being
    /// answered.
    pub(crate) async fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        loop {
            // One that is freed meanwhile is remembered.
            match self.arrival(network(address)) {
                Arrival::Seated(place) => return Some(place),
                Arrival::Refused => return None,
                Arrival::Waits => self.freed.notified().await,
            }
        }
    }

    fn arrival(self: &Arc<Self>, network: IpAddr) -> Arrival {
        let mut seats = self.locked();
        let of_network = seats.by_number.values().filter(|seat| seat.network == network).count();
        // Through a proxy on this machine all come from one address.
        if of_network >= MAX_OF_ADDRESS && !network.is_loopback() {
            let of_it = |seat: &Seat| seat.network == network;
            let Some(number) = seats.oldest(|seat| of_it(seat) && !seat.is_known).or_else(|| seats.oldest(of_it))
            else {
                return Arrival::Refused;
            };
            seats.close(number);
        } else if seats.by_number.len() >= self.most {
            let Some(number) = seats.least() else { return Arrival::Waits };
            seats.close(number);
        }
        let number = seats.tick();
        let leave = Arc::new(Notify::new());
        let seat = Seat { network, is_known: false, is_served: false, since: number, leave: Arc::clone(&leave) };
        seats.by_number.insert(number, seat);
        drop(seats);
        Arrival::Seated(Place { chair: Chair { room: Arc::clone(self), number }, leave })
    }

    fn locked(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seats {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Who of these has held a place for the longest time.
    fn oldest(&self, of: impl Fn(&Seat) -> bool) -> Option<u64> {
        let idle = self.by_number.iter().filter(|(_, seat)| !seat.is_served && of(seat));
        idle.min_by_key(|(_, seat)| seat.since).map(|(number, _)| *number)
    }

    /// Who gives way first: of strangers, one of the address that has most of them.
    fn least(&self) -> Option<u64> {
        let mut strangers: HashMap<IpAddr, usize> = HashMap::new();
        for seat in self.by_number.values().filter(|seat| !seat.is_known) {
            *strangers.entry(seat.network).or_default() += 1;
        }
        let of_strangers = || {
            let idle = self.by_number.iter().filter(|(_, seat)| !seat.is_known && !seat.is_served);
            let count = |seat: &Seat| strangers.get(&seat.network).copied();
            idle.max_by_key(|(_, seat)| (count(seat), Reverse(seat.since))).map(|(number, _)| *number)
        };
        let of_users = || self.oldest(|seat| seat.is_known);
        if strangers.values().sum::<usize>() >= ROOM_FOR_STRANGERS {
            of_strangers().or_else(of_users)
        } else {
            of_users().or_else(of_strangers)
        }
    }

    fn close(&mut self, number: u64) {
        if let Some(seat) = self.by_number.remove(&number) {
            seat.leave.notify_one();
        }
    }
}

impl Place {
    /// The place, for a request.
    pub(crate) fn chair(&self) -> Chair {
        self.chair.clone()
    }

    /// Ready once the connection has to give way.
    pub(crate) async fn is_taken(&self) {
        self.leave.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.chair.room.locked().by_number.remove(&self.chair.number);
        self.chair.room.freed.notify_one();
    }
}

impl Chair {
    /// Notes that somebody sits here who is signed in.
    pub(crate) fn is_of_a_user(&self) {
        self.change(|seat, _| seat.is_known = true);
    }

    /// Notes that a request is being answered, until what this gives is dropped.
    pub(crate) fn serve(&self) -> Service {
        self.change(|seat, _| seat.is_served = true);
        Service(self.clone())
    }

    fn change(&self, change: impl FnOnce(&mut Seat, u64)) {
        let mut seats = self.room.locked();
        let now = seats.tick();
        if let Some(seat) = seats.by_number.get_mut(&self.number) {
            change(seat, now);
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.0.change(|seat, now| {
            seat.is_served = false;
            seat.since = now;
        });
        self.0.room.freed.notify_one();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by it")]
mod tests {
    use super::*;

    fn enter(room: &Arc<Room>, address: &str) -> Option<Place> {
        match room.arrival(network(address.parse().unwrap())) {
            Arrival::Seated(place) => Some(place),
            Arrival::Refused | Arrival::Waits => None,
        }
    }

    /// Whether a connection is still there.
    fn stays(place: &Place) -> bool {
        place.chair.room.locked().by_number.contains_key(&place.chair.number)
    }

    fn staying(places: &[Place]) -> usize {
        places.iter().filter(|place| stays(place)).count()
    }

    /// As many as there may be, from this machine.
    fn full() -> (Arc<Room>, Vec<Place>) {
        let room = Room::new(MAX_CONNECTIONS);
        let places: Vec<Place> = (0..MAX_CONNECTIONS).map_while(|_| enter(&room, "127.0.0.1")).collect();
        assert_eq!(staying(&places), MAX_CONNECTIONS);
        (room, places)
    }

    #[test]
    fn one_address_has_as_many_connections_as_it_may_have_and_one_more_takes_the_place_of_its_oldest() {
        let room = Room::new(MAX_CONNECTIONS);
        let other = enter(&room, "192.0.2.2").unwrap();
        let places: Vec<Place> = (0..MAX_OF_ADDRESS).map_while(|_| enter(&room, "192.0.2.1")).collect();
        assert_eq!(staying(&places), MAX_OF_ADDRESS);
        // It is the same address.
        let one_more = enter(&room, "::ffff:192.0.2.1").unwrap();
        assert_eq!((staying(&places), stays(&places[0]), stays(&one_more)), (MAX_OF_ADDRESS - 1, false, true));
        // A user's gives way after those of strangers, and none while it is served.
        places[1].chair().is_of_a_user();
        let _served: Vec<Service> = places[3..].iter().chain([&one_more]).map(|place| place.chair().serve()).collect();
        let more: Vec<Place> = (0..2).map_while(|_| enter(&room, "192.0.2.1")).collect();
        assert_eq!((more.len(), stays(&places[2]), stays(&places[1]), stays(&more[0])), (2, false, true, false));
        let _served = more[1].chair().serve();
        assert!(enter(&room, "192.0.2.1").is_some_and(|_| !stays(&places[1])));
        let last = enter(&room, "192.0.2.1").unwrap();
        let _served = last.chair().serve();
        assert!(enter(&room, "192.0.2.1").is_none() && stays(&other));
        drop((places, more, one_more, last, other));
        assert!(room.locked().by_number.is_empty());
    }

    #[test]
    fn as_many_connections_are_there_as_may_be_and_one_more_takes_the_place_of_the_oldest() {
        let (room, places) = full();
        let others: Vec<Place> = (0..3).map_while(|_| enter(&room, "127.0.0.2")).collect();
        assert_eq!((staying(&places[..3]), staying(&places[3..]), staying(&others)), (0, MAX_CONNECTIONS - 3, 3));
        // Who was served has held the place since then.
        drop(places[3].chair().serve());
        let _one_more = enter(&room, "127.0.0.1");
        assert_eq!((stays(&places[3]), stays(&places[4])), (true, false));
        assert_eq!(room.locked().by_number.len(), MAX_CONNECTIONS);
    }

    #[test]
    fn strangers_take_places_from_each_other_and_from_users_only_what_lets_a_user_come() {
        let (room, places) = full();
        let (users, strangers) = places.split_at(MAX_CONNECTIONS - ROOM_FOR_STRANGERS);
        for place in users {
            place.chair().is_of_a_user();
        }
        let more: Vec<Place> = (0..1000).map_while(|_| enter(&room, "127.0.0.1")).collect();
        assert_eq!((more.len(), staying(users), staying(strangers)), (1000, users.len(), 0));
        // Where all are users, the oldest idle one gives way, until strangers have their room.
        drop(more);
        let rest: Vec<Place> = strangers.iter().map_while(|_| enter(&room, "127.0.0.1")).collect();
        for place in &rest {
            place.chair().is_of_a_user();
        }
        let more: Vec<Place> = (0..1000).map_while(|_| enter(&room, "127.0.0.1")).collect();
        assert_eq!((staying(&more), staying(users)), (ROOM_FOR_STRANGERS, users.len() - ROOM_FOR_STRANGERS));
    }

    #[test]
    fn who_is_served_stays_and_who_comes_waits_until_somebody_is_not() {
        let (room, places) = full();
        let mut served: Vec<Service> = places.iter().map(|place| place.chair().serve()).collect();
        assert!(enter(&room, "127.0.0.1").is_none());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let entered = runtime.block_on(async {
            let waiting = tokio::spawn({
                let room = Arc::clone(&room);
                async move { room.enter("127.0.0.1".parse().unwrap()).await }
            });
            tokio::task::yield_now().await;
            assert!(!waiting.is_finished());
            served.pop();
            waiting.await.unwrap()
        });
        assert!(entered.is_some());
        assert_eq!((staying(&places), stays(&places[MAX_CONNECTIONS - 1])), (MAX_CONNECTIONS - 1, false));
    }
}
