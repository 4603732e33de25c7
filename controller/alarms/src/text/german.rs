//! The catalogue in German: name, cause, consequence, action.
//!
//! Part of the table of texts. Must never leave out a kind.

use crate::kind::AlarmKind;

pub(super) const fn row(kind: AlarmKind) -> [&'static str; 4] {
    use AlarmKind as K;
    match kind {
        K::UnexplainedPack => [
            "Eine Packung ist nicht erklärt",
            "Eine Packung wurde nicht gesehen, wo sie sein musste, oder ein Signal gehört zu \
             keiner",
            "Die Linie steht; eine Packung kann sein, wo kein Eintrag sie hat",
            "Packung suchen, ihren Verbleib angeben, dann weiterfahren",
        ],
        K::PositionsLost => [
            "Positionen sind unsicher",
            "Eine Packung fehlt und eine ist, wo keine sein darf, oder zwei fehlen zugleich",
            "Die Linie steht; keine Packung auf dem Band ist von anderen zu unterscheiden",
            "Band von Hand leeren, jede Packung klären, dann weiterfahren",
        ],
        K::Slip => [
            "Etiketten und Packungen sind verschoben",
            "Eine Packung trägt den Code ihrer Nachbarin",
            "Die Linie steht; Etiketten auf der Bahn gehören zu anderen Packungen",
            "Etikettierer prüfen, Band leeren, dann weiterfahren",
        ],
        K::ForeignPack => [
            "Fremde Packung",
            "Eine Lichtschranke sah eine Packung, die kein Eintrag erklärt",
            "Die Linie steht; eine Packung ohne Identität ist auf dem Band",
            "Packung herunternehmen und angeben, dann weiterfahren",
        ],
        K::LineIoLink => [
            "Keine Verbindung zur Linien-E/A",
            "Strom, Kabel oder Netz der Linien-E/A",
            "Das Gerät hat das Tor geschlossen und das Band angehalten",
            "Strom und Kabel prüfen; danach wird das Band geräumt",
        ],
        K::LineIoRestart => [
            "Die Linien-E/A ist neu gestartet",
            "Sie war ohne Strom oder wurde zurückgesetzt",
            "Zähler und Positionen sind verloren; die Linie steht",
            "Band von Hand leeren, jede Packung klären, dann weiterfahren",
        ],
        K::LineIoFault => [
            "Die Linien-E/A hat angehalten",
            "Ausgang ohne Freigabe, unbestätigter Auswurf oder unplausibler Drehgeber",
            "Die Linie steht; eine Packung kann zu Unrecht durchgelassen sein",
            "Packung an Tor und Ausgang suchen, klären, dann weiterfahren",
        ],
        K::LedgerFault => [
            "Aufzeichnen ist nicht möglich",
            "Die Platte meldet einen Fehler oder antwortet nicht",
            "Die Linie steht; ohne Eintrag darf nichts durch",
            "Platte prüfen; nicht neu starten; das Register erholt sich selbst",
        ],
        K::SafetyOrAir => [
            "Sicherheitskreis oder Druckluft",
            "Eine Haube ist offen, der Not-Halt gedrückt oder die Druckluft fehlt",
            "Die Linie steht; ohne Druckluft arbeitet der Auswerfer nicht",
            "Hauben schließen, Not-Halt und Druckluft prüfen, dann weiterfahren",
        ],
        K::PowerFail => [
            "Netzausfall",
            "Die USV meldet, dass sie die Linie trägt",
            "Keine Packung kommt mehr hinein; das Band läuft leer; dann fehlt der Strom",
            "Netz wiederherstellen oder den Dienst geordnet beenden, bevor die USV leer ist",
        ],
        K::ConsecutiveRejects => [
            "Zu viele Auswürfe hintereinander",
            "Druck, Kamera oder eine Station stimmt nicht",
            "Die Linie steht",
            "Letzte Packungen ansehen, Druck oder Kamera richten, dann weiterfahren",
        ],
        K::RejectPercentage => [
            "Zu viele Auswürfe auf 100 Packungen",
            "Druck, Kamera oder eine Station ist am Rand",
            "Die Linie steht",
            "Gründe und Noten ansehen, Ursache beheben, dann weiterfahren",
        ],
        K::PoolEmpty => [
            "Keine Seriennummern mehr",
            "Alle Nummern des Auftrags sind verbraucht",
            "Die Linie steht",
            "Auftrag beenden und abschließen oder einen anderen laden",
        ],
        K::BlockedEye => [
            "Stau oder blockierte Lichtschranke",
            "Packungen berühren sich, oder die Lichtschranke ist verschmutzt",
            "Die Linie steht",
            "Packungen trennen, Lichtschranke reinigen, dann weiterfahren",
        ],
        K::BinFull => [
            "Der Auswurfbehälter ist voll",
            "Sein Sensor meldet es",
            "Die Linie steht; der nächste Auswurf fiele nicht",
            "Behälter leeren und zählen, dann weiterfahren",
        ],
        K::BinUnlocked => [
            "Der Auswurfbehälter ist nicht verschlossen",
            "Sein Schloss ist offen",
            "Die Linie steht; Ausgeworfenes könnte ungesehen entnommen werden",
            "Behälter verschließen, dann weiterfahren",
        ],
        K::LabelerLink => [
            "Keine Verbindung zum Etikettierer",
            "Strom, Kabel oder Netz des Etikettierers",
            "Die Linie steht",
            "Strom und Kabel prüfen, dann weiterfahren",
        ],
        K::LabelerRestart => [
            "Der Etikettierer ist neu gestartet",
            "Er war ohne Strom oder wurde zurückgesetzt",
            "Die Linie steht; Nummern in seiner Schlange werden ungültig",
            "Weiterfahren; das Band wird geräumt",
        ],
        K::LabelerFault => [
            "Der Etikettierer druckt nicht",
            "Ein Auftrag wurde abgelehnt, oder die Etikettenbahn ist gerissen",
            "Die Linie steht",
            "Bahn oder Etikettierer richten, dann weiterfahren",
        ],
        K::CameraLink => [
            "Keine Verbindung zur Kamera",
            "Strom, Kabel oder Netz der Kamera",
            "Die Linie steht",
            "Strom und Kabel prüfen, dann weiterfahren",
        ],
        K::CameraRestart => [
            "Die Kamera ist neu gestartet",
            "Sie war ohne Strom oder wurde zurückgesetzt",
            "Die Linie steht; Packungen ohne Ergebnis werden ausgeworfen",
            "Weiterfahren; das Band wird geräumt",
        ],
        K::CameraOutOfStep => [
            "Kamera und Auslöser sind uneins",
            "Auslöser gingen verloren oder kamen doppelt",
            "Die Linie steht; kein Ergebnis gehört sicher zu einer Packung",
            "Auslöserkabel prüfen, weiterfahren; das Band wird geräumt",
        ],
        K::StationLink => [
            "Keine Verbindung zu einer Station",
            "Strom, Kabel oder Netz der Station",
            "Die Linie steht",
            "Strom und Kabel prüfen, dann weiterfahren",
        ],
        K::StationRestart => [
            "Eine Station ist neu gestartet",
            "Sie war ohne Strom oder wurde zurückgesetzt",
            "Die Linie steht; Packungen ohne Ergebnis werden ausgeworfen",
            "Weiterfahren; das Band wird geräumt",
        ],
        K::StationOutOfStep => [
            "Eine Station zählt falsch",
            "Ihre Signale und Ergebnisse passen nicht zusammen",
            "Die Linie steht; kein Ergebnis gehört sicher zu einer Packung",
            "Lichtschranke und Signal prüfen, weiterfahren; das Band wird geräumt",
        ],
        K::LedgerCredit => [
            "Einträge warten auf die Platte",
            "Die Platte ist langsam oder voll",
            "Die Linie steht, bis sie aufgeholt hat",
            "Last und Platz der Platte prüfen, dann weiterfahren",
        ],
        K::DiskForecast => [
            "Die Platte ist bald voll",
            "Einträge und Bilder wachsen schneller, als alte ausgelagert werden",
            "In den gezeigten Tagen kann kein Auftrag mehr beginnen",
            "Versiegelte Chargen und Bilder auslagern oder Platz schaffen",
        ],
        K::LowPool => [
            "Wenige Seriennummern übrig",
            "Der Vorrat des Auftrags liegt unter seiner Warnung",
            "Die Linie wird stehen, wenn er leer ist",
            "Ende des Auftrags oder einen weiteren planen",
        ],
        K::ClockUnsynchronised => [
            "Die Uhr ist nicht synchron",
            "Kein Zeitserver ist erreichbar",
            "Einträge nennen Zeiten, die falsch sein können, und sagen das",
            "Netz und Zeitserver prüfen",
        ],
        K::SealingFailed => [
            "Alte Chargen werden nicht versiegelt",
            "Ihre Dateien ließen sich nicht schreiben oder prüfen",
            "Das Register wächst, bis die Platte voll ist",
            "Protokoll des Dienstes ansehen; Platte prüfen",
        ],
        K::LoginFailures => [
            "Anmeldungen scheitern wiederholt",
            "Falsches Passwort, oder jemand probiert",
            "Ein Konto kann angegriffen werden",
            "Klären, wer es war; Audit-Trail ansehen; Passwort ändern",
        ],
        K::ConsoleAdministration => [
            "Benutzer an der Konsole geändert",
            "Jemand mit Zugang zum Rechner hat Benutzer geändert",
            "Rechte können anders sein als gedacht",
            "Audit-Trail ansehen; Änderung mit dem Urheber bestätigen",
        ],
        K::RecordingGap => [
            "Die Aufnahme hat eine Lücke",
            "Die Platte kam nicht nach",
            "Spätere Entscheidungen lassen sich nicht nachspielen; Einträge sind vollständig",
            "Last der Platte prüfen; quittieren",
        ],
        K::RecordingFull => [
            "Die Aufnahme ist voll",
            "Die Charge ist länger, als ihre Aufnahme sein darf",
            "Weitere Entscheidungen lassen sich nicht nachspielen; Einträge sind vollständig",
            "Grenze für spätere Chargen anheben; quittieren",
        ],
        K::RecordingFailed => [
            "Die Aufnahme ist nicht schreibbar",
            "Die Platte meldet einen Fehler",
            "Weitere Entscheidungen lassen sich nicht nachspielen; Einträge sind vollständig",
            "Platte prüfen; quittieren",
        ],
    }
}
