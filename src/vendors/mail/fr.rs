//! What the messages say, in French.

use super::{Frame, Message, Words};

pub(super) const FRAME: Frame = Frame {
    hello: "Bonjour",
    hello_end: ",",
    copy: "Si le bouton ne fait rien, copiez cette adresse dans votre navigateur\u{a0}:",
    colon: "\u{a0}:",
    sent_by: "Envoyé par {studio}, où cette adresse a été indiquée. Personne ne lit les réponses à ce message.",
};

const HOUR: &str = "Le lien fonctionne pendant une heure.";

pub(super) const fn words(message: Message) -> Words {
    match message {
        Message::ResetPassword => Words {
            subject: "Choisissez un nouveau mot de passe",
            why: "Quelqu’un a demandé un nouveau mot de passe pour votre compte chez {studio}.",
            action: "Choisir un nouveau mot de passe",
            holds: "Le lien fonctionne une seule fois, pendant une heure.",
            unasked: "Si ce n’était pas vous, ne faites rien\u{a0}: votre mot de passe reste le même, et personne ne l’a vu.",
        },
        Message::VerifyEmail => Words {
            subject: "Confirmez votre adresse de courriel",
            why: "Il reste une étape pour votre compte chez {studio}\u{a0}: confirmer que cette adresse est la vôtre.",
            action: "Confirmer cette adresse",
            holds: HOUR,
            unasked: "Si vous n’y avez pas de compte, ne faites rien\u{a0}: quelqu’un s’est sans doute trompé en tapant sa propre adresse.",
        },
        Message::ChangeEmailConfirm => Words {
            subject: "Voulez-vous changer d’adresse de courriel\u{202f}?",
            why: "Quelqu’un qui est connecté à votre compte chez {studio} a demandé à en changer l’adresse de courriel. Si vous êtes d’accord, nous \
                  écrirons ensuite à la nouvelle adresse.",
            action: "Accepter le changement",
            holds: HOUR,
            unasked: "Si ce n’était pas vous, n’ouvrez pas le lien\u{a0}: l’adresse reste la même. Mais quelqu’un peut utiliser votre \
                      compte\u{a0}: changez votre mot de passe et déconnectez tous vos appareils.",
        },
        Message::ChangeEmailVerify => Words {
            subject: "Confirmez votre nouvelle adresse de courriel",
            why: "Un compte chez {studio} doit recevoir cette adresse de courriel. Confirmez qu’elle est la vôtre.",
            action: "Utiliser cette adresse",
            holds: HOUR,
            unasked: "Si ce n’était pas vous, ne faites rien\u{a0}: sans le lien, cette adresse ne sera pas utilisée.",
        },
        Message::MagicLink => Words {
            subject: "Votre lien de connexion",
            why: "Voici le lien qui vous connecte à {studio}.",
            action: "Se connecter",
            holds: "Le lien fonctionne une seule fois, pendant 5\u{a0}minutes. Ne le transmettez pas\u{a0}: qui l’ouvre se connecte à votre place.",
            unasked: "Si vous ne l’avez pas demandé, ne faites rien\u{a0}: personne n’entre sans ce message.",
        },
        Message::DeleteAccount => Words {
            subject: "Voulez-vous supprimer votre compte\u{202f}?",
            why: "Quelqu’un qui est connecté à votre compte chez {studio} a demandé à le supprimer, avec tout ce qui y a été créé. Cela ne peut pas \
                  être annulé.",
            action: "Supprimer mon compte",
            holds: "Le lien fonctionne une seule fois, pendant 24\u{a0}heures, dans un navigateur où vous êtes connecté.",
            unasked: "Si ce n’était pas vous, n’ouvrez pas le lien\u{a0}: le compte reste. Mais quelqu’un peut l’utiliser\u{a0}: changez votre mot \
                      de passe et déconnectez tous vos appareils.",
        },
        Message::PaymentFailed => Words {
            subject: "Votre paiement n’a pas été accepté",
            why: "Le paiement de votre forfait chez {studio} a été refusé. Nous réessayons de nous-mêmes\u{a0}; vos créations et vos crédits restent tels quels.",
            action: "Voir le paiement",
            holds: "Si aucun paiement n’aboutit, le forfait prend fin. Rien n’est supprimé.",
            unasked: "Si vous avez payé entre-temps, il n’y a rien à faire.",
        },
        Message::SpendingAlert => Words {
            subject: "Vous avez dépensé 80\u{a0}% de la limite du jour",
            why: "Votre compte chez {studio} a dépensé les quatre cinquièmes de la limite que vous avez fixée par jour. À la limite, plus rien n’est commandé avant minuit\u{a0}UTC.",
            action: "Voir les dépenses",
            holds: "Vous pouvez y changer la limite.",
            unasked: "Si ce n’était pas vous, changez de mot de passe et mettez fin aux clés d’API que vous ne connaissez pas.",
        },
    }
}
