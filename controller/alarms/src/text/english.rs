//! The catalogue in English: name, cause, consequence, action.
//!
//! Part of the table of texts. Must never leave out a kind.

use crate::kind::AlarmKind;

pub(super) const fn row(kind: AlarmKind) -> [&'static str; 4] {
    use AlarmKind as K;
    match kind {
        K::UnexplainedPack => [
            "A pack is not explained",
            "A pack was not seen where it had to be, or an edge belongs to no pack",
            "The line stands; a pack may be where no record has it",
            "Find the pack, say what became of it, then unhold",
        ],
        K::PositionsLost => [
            "Positions are not certain",
            "A pack is missing and another is where none should be, or two are missing at once",
            "The line stands; no pack on the belt can be told from another",
            "Empty the belt by hand, resolve each pack, then unhold",
        ],
        K::Slip => [
            "Labels and packs have slipped",
            "A pack bears the code of its neighbour",
            "The line stands; labels on the web belong to other packs",
            "Look at the labeler, clear the belt, then unhold",
        ],
        K::ForeignPack => [
            "A pack where none belongs",
            "An eye saw a pack that no record explains",
            "The line stands; a pack without identity is on the belt",
            "Take the pack off and declare it, then unhold",
        ],
        K::LineIoLink => [
            "No link to the line I/O",
            "Power, cable or network of the line I/O",
            "The device has closed the gate and stopped the belt",
            "Check its power and cable; the belt is purged afterwards",
        ],
        K::LineIoRestart => [
            "The line I/O restarted",
            "It lost its power, or was reset",
            "Counts and positions are gone; the line stands",
            "Empty the belt by hand, resolve each pack, then unhold",
        ],
        K::LineIoFault => [
            "The line I/O stopped the belt",
            "An exit without a permit, an ejection not confirmed, or an encoder that is not \
             plausible",
            "The line stands; a pack may have passed that should not",
            "Find the pack at gate and exit, resolve it, then unhold",
        ],
        K::LedgerFault => [
            "Records cannot be written",
            "The disk gave an error, or no answer",
            "The line stands; nothing may pass without its record",
            "Check the disk; do not restart; the ledger recovers by itself",
        ],
        K::SafetyOrAir => [
            "Safety chain or air pressure",
            "A guard is open, the emergency stop is pressed, or the air is gone",
            "The line stands; without air the ejector does not work",
            "Close guards, check emergency stop and air, then unhold",
        ],
        K::PowerFail => [
            "The mains have failed",
            "The UPS reports that it carries the line",
            "No more packs come in; the belt drains and stands; then power ends",
            "Bring the mains back, or stop the service in order before the UPS is empty",
        ],
        K::ConsecutiveRejects => [
            "Too many rejects in a row",
            "Print, camera or a station is off",
            "The line stands",
            "Look at the last packs, mend print or camera, then unhold",
        ],
        K::RejectPercentage => [
            "Too many rejects in 100 packs",
            "Print, camera or a station is near its limit",
            "The line stands",
            "Look at reasons and grades, mend the cause, then unhold",
        ],
        K::PoolEmpty => [
            "No serial numbers left",
            "Every serial of the order is used",
            "The line stands",
            "Stop the order and close it, or load another",
        ],
        K::BlockedEye => [
            "Packs stuck, or an eye blocked",
            "Packs touch, or dirt is on an eye",
            "The line stands",
            "Part the packs, clean the eye, then unhold",
        ],
        K::BinFull => [
            "The reject bin is full",
            "Its sensor reports so",
            "The line stands; the next reject would not fall",
            "Empty the bin and count it, then unhold",
        ],
        K::BinUnlocked => [
            "The reject bin is not locked",
            "Its lock is open",
            "The line stands; rejected packs could be taken out unseen",
            "Lock the bin, then unhold",
        ],
        K::LabelerLink => [
            "No link to the labeler",
            "Power, cable or network of the labeler",
            "The line stands",
            "Check its power and cable, then unhold",
        ],
        K::LabelerRestart => [
            "The labeler restarted",
            "It lost its power, or was reset",
            "The line stands; serials in its queue become invalid",
            "Unhold; the belt is purged",
        ],
        K::LabelerFault => [
            "The labeler cannot print",
            "A job was refused, or the web of labels is broken",
            "The line stands",
            "Mend web or labeler, then unhold",
        ],
        K::CameraLink => [
            "No link to the camera",
            "Power, cable or network of the camera",
            "The line stands",
            "Check its power and cable, then unhold",
        ],
        K::CameraRestart => [
            "The camera restarted",
            "It lost its power, or was reset",
            "The line stands; packs without a result are rejected",
            "Unhold; the belt is purged",
        ],
        K::CameraOutOfStep => [
            "Camera and triggers disagree",
            "Triggers were lost or fired twice",
            "The line stands; no result can be given to a pack",
            "Check the trigger cable, unhold; the belt is purged",
        ],
        K::StationLink => [
            "No link to a station",
            "Power, cable or network of the station",
            "The line stands",
            "Check its power and cable, then unhold",
        ],
        K::StationRestart => [
            "A station restarted",
            "It lost its power, or was reset",
            "The line stands; packs without a result are rejected",
            "Unhold; the belt is purged",
        ],
        K::StationOutOfStep => [
            "A station miscounts",
            "Its strobes and results do not match",
            "The line stands; no result can be given to a pack",
            "Check eye and strobe of the station, unhold; the belt is purged",
        ],
        K::LedgerCredit => [
            "Records wait for the disk",
            "The disk is slow or full",
            "The line stands until it has caught up",
            "Check load and space of the disk, then unhold",
        ],
        K::DiskForecast => [
            "The disk will soon be full",
            "Records and pictures grow faster than old ones are sealed and moved",
            "Within the days shown no order can be started",
            "Move sealed batches and pictures away, or add room",
        ],
        K::LowPool => [
            "Few serial numbers are left",
            "The order's pool is below its warning",
            "The line will stand when it is empty",
            "Plan the end of the order, or a further one",
        ],
        K::ClockUnsynchronised => [
            "The clock is not synchronised",
            "No time server is reached",
            "Records tell times that may be wrong, and say so",
            "Check network and time server",
        ],
        K::SealingFailed => [
            "Old batches are not sealed",
            "Their files could not be written or verified",
            "The ledger grows until the disk is full",
            "Look at the service's log; check the disk",
        ],
        K::LoginFailures => [
            "Logins are refused again and again",
            "A wrong password, or somebody tries",
            "An account may be under attack",
            "Ask who it was; look at the audit trail; change the password",
        ],
        K::ConsoleAdministration => [
            "Users were changed at the console",
            "Somebody with access to the machine changed users",
            "Rights may be other than thought",
            "Look at the audit trail; confirm the change with who made it",
        ],
        K::RecordingGap => [
            "The recording has a gap",
            "The disk could not follow",
            "Decisions after it cannot be replayed; records are whole",
            "Check the load of the disk; acknowledge",
        ],
        K::RecordingFull => [
            "The recording has reached its bound",
            "The batch is longer than its recording may be",
            "Decisions from here on cannot be replayed; records are whole",
            "Raise the bound for later batches; acknowledge",
        ],
        K::RecordingFailed => [
            "The recording cannot be written",
            "The disk gave an error",
            "Decisions from here on cannot be replayed; records are whole",
            "Check the disk; acknowledge",
        ],
    }
}
