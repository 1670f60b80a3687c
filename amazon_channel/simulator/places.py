"""Streets, cities and telephone numbers of the marketplaces' countries, for addresses that look real."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """`postal` and `phone` are patterns: `#` is any digit, `@` any capital letter."""

    streets: tuple[str, ...]
    towns: tuple[tuple[str, str, str], ...]  # city, state or region, postal code pattern
    phone: str
    number_first: bool = False


PLACES: dict[str, Place] = {
    "US": Place(
        ("Maple Street", "Oak Avenue", "W Sunset Blvd", "Elm Court", "NE 45th Street", "PO Box"),
        (("Seattle", "WA", "981##"), ("Austin", "TX", "787##"), ("Brooklyn", "NY", "112##-####"),
         ("San José", "CA", "951##"), ("Des Moines", "IA", "503##")),
        "+1 480-386-0930 ext. #####", number_first=True),
    "CA": Place(
        ("Queen Street W", "Rue Sainte-Catherine", "Granville Street"),
        (("Toronto", "ON", "M5V #T#"), ("Montréal", "QC", "H3B #A#"), ("Vancouver", "BC", "V6B #K#")),
        "+1 416-555-01## ext. ####", number_first=True),
    "MX": Place(
        ("Calle Hidalgo", "Av. Insurgentes Sur", "Calle 5 de Mayo"),
        (("Ciudad de México", "CDMX", "06###"), ("Guadalajara", "Jalisco", "44###")), "+52 55 #### ####"),
    "BR": Place(
        ("Rua das Flores", "Avenida Paulista", "Rua Augusta"),
        (("São Paulo", "SP", "01###-###"), ("Rio de Janeiro", "RJ", "20###-###")), "+55 11 9####-####"),
    "GB": Place(
        ("High Street", "Station Road", "Oak Avenue", "Church Lane"),
        (("London", "Greater London", "SW1A #@@"), ("Leeds", "West Yorkshire", "LS1 #@@"),
         ("Edinburgh", "Scotland", "EH1 #@@")), "+44 20 7946 0###", number_first=True),
    "IE": Place(
        ("O'Connell Street", "Patrick Street"), (("Dublin", "Co. Dublin", "D02 @###"), ("Cork", "", "T12 @###")),
        "+353 1 ### ####", number_first=True),
    "DE": Place(
        ("Hauptstraße", "Müllerweg", "Am Bäckerbrünnele", "Goethestraße"),
        (("Köln", "Nordrhein-Westfalen", "50###"), ("München", "Bayern", "80###"), ("Berlin", "", "10###")),
        "+49 30 #######"),
    "FR": Place(
        ("rue de l'Église", "avenue Victor-Hugo", "rue du Général-Leclerc"),
        (("Paris", "Île-de-France", "750##"), ("Besançon", "", "250##")), "+33 1 ## ## ## ##", number_first=True),
    "IT": Place(
        ("Via Garibaldi", "Corso Vittorio Emanuele II", "Via della Libertà"),
        (("Milano", "MI", "201##"), ("Forlì", "FC", "471##")), "+39 02 #######"),
    "ES": Place(
        ("Calle Mayor", "Avenida de América", "Calle de Núñez de Balboa"),
        (("Madrid", "Madrid", "280##"), ("A Coruña", "Galicia", "150##")), "+34 91 ### ## ##"),
    "NL": Place(
        ("Keizersgracht", "Dorpsstraat"), (("Amsterdam", "", "10## @@"), ("'s-Hertogenbosch", "", "52## @@")),
        "+31 20 ### ####"),
    "BE": Place(("Rue Neuve", "Grote Markt"), (("Bruxelles", "", "10##"), ("Gent", "", "90##")), "+32 2 ### ## ##"),
    "SE": Place(
        ("Storgatan", "Östra Ågatan", "Kungsgatan"),
        (("Göteborg", "", "411 ##"), ("Malmö", "", "211 ##"), ("Umeå", "", "903 ##")), "+46 8 ### ## ##"),
    "PL": Place(
        ("ul. Świętokrzyska", "ul. Długa"), (("Łódź", "łódzkie", "90-###"), ("Kraków", "małopolskie", "31-###")),
        "+48 22 ### ## ##"),
    "TR": Place(
        ("İstiklal Caddesi", "Atatürk Bulvarı"), (("İstanbul", "Beyoğlu", "34###"), ("İzmir", "Konak", "35###")),
        "+90 212 ### ## ##"),
    "AE": Place(("Sheikh Zayed Road", "Al Wasl Road"), (("Dubai", "Dubai", ""),), "+971 4 ### ####"),
    "SA": Place(("شارع الملك فهد", "King Abdulaziz Road"), (("الرياض", "Riyadh", "1####"),), "+966 11 ### ####"),
    "EG": Place(("شارع التحرير", "Corniche El Nil"), (("القاهرة", "Cairo", "115##"),), "+20 2 #### ####"),
    "ZA": Place(
        ("Long Street", "Voortrekker Road"), (("Cape Town", "Western Cape", "8###"),), "+27 21 ### ####",
        number_first=True),
    "IN": Place(
        ("MG Road", "Flat 4B, Lotus Apartments, Linking Road"),
        (("Bengaluru", "Karnataka", "5600##"), ("Mumbai", "Maharashtra", "4000##")), "+91 80 #### ####"),
    "JP": Place(
        ("神南1丁目", "本町2丁目", "北一条西3丁目"),
        (("渋谷区", "東京都", "150-00##"), ("大阪市中央区", "大阪府", "541-00##"), ("札幌市中央区", "", "060-00##")),
        "+81 3-####-####"),
    "AU": Place(
        ("George Street", "Bourke Street"), (("Sydney", "NSW", "20##"), ("Melbourne", "VIC", "30##")),
        "+61 2 #### ####", number_first=True),
    "SG": Place(
        ("Orchard Road", "Ang Mo Kio Avenue 3"), (("Singapore", "", "56####"),), "+65 6### ####", number_first=True),
}  # fmt: skip
