extension MailProvider {
    /// Large providers; what is not here is found by asking.
    public static let known: [MailProvider] = [
        MailProvider(
            "Gmail", ["gmail.com", "googlemail.com"], "imap.gmail.com", [.appPassword, .oauth2], oauth2: "google",
            passwordPage: "https://myaccount.google.com/apppasswords",
            advice: "Gmail wants an app password, for which 2-step verification has to be on, or OAuth2"),
        MailProvider(
            "Outlook",
            [
                "outlook.com", "hotmail.com", "live.com", "msn.com", "hotmail.co.uk", "hotmail.de", "hotmail.fr",
                "live.co.uk", "outlook.de", "outlook.fr",
            ], "outlook.office365.com", [.oauth2], oauth2: "microsoft",
            advice: "Microsoft takes no passwords for IMAP any more, only OAuth2"),
        MailProvider(
            "Yahoo", ["yahoo.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr", "yahoo.it", "ymail.com", "rocketmail.com"],
            "imap.mail.yahoo.com", [.appPassword, .oauth2], oauth2: "yahoo",
            passwordPage: "https://login.yahoo.com/account/security",
            advice: "Yahoo wants an app password"),
        MailProvider(
            "AOL", ["aol.com"], "imap.aol.com", [.appPassword],
            passwordPage: "https://login.aol.com/account/security", advice: "AOL wants an app password"),
        MailProvider(
            "iCloud", ["icloud.com", "me.com", "mac.com"], "imap.mail.me.com", userIsAddress: true, [.appPassword],
            passwordPage: "https://account.apple.com",
            advice: "iCloud wants an app-specific password (Sign-In and Security, App-Specific Passwords)"),
        MailProvider(
            "Fastmail", ["fastmail.com", "fastmail.fm", "sent.com"], "imap.fastmail.com", [.appPassword, .oauth2],
            oauth2: "fastmail", passwordPage: "https://app.fastmail.com/settings/security/tokens",
            advice: "Fastmail wants an app password, with access to IMAP"),
        MailProvider(
            "Proton", ["proton.me", "protonmail.com", "pm.me", "protonmail.ch"], "127.0.0.1", port: 1143,
            isImplicit: false, [.bridgePassword],
            advice:
                "Proton needs Proton Mail Bridge running here; it shows a password of its own and its certificate (--ca-file)"
        ),
        MailProvider(
            "GMX", ["gmx.de", "gmx.net", "gmx.at", "gmx.ch"], "imap.gmx.net",
            advice: "IMAP has to be switched on in GMX's settings"),
        MailProvider(
            "GMX.com", ["gmx.com", "gmx.us", "gmx.co.uk"], "imap.gmx.com",
            advice: "IMAP has to be switched on in GMX's settings"),
        MailProvider(
            "WEB.DE", ["web.de"], "imap.web.de", userIsAddress: false,
            advice: "IMAP has to be switched on in WEB.DE's settings"),
        MailProvider(
            "T-Online", ["t-online.de", "magenta.de"], "secureimap.t-online.de",
            advice: "T-Online wants the e-mail password, which is not that of the customer centre"),
        MailProvider(
            "mailbox.org", ["mailbox.org"], "imap.mailbox.org",
            advice: "with two-factor login mailbox.org wants an app password"),
        MailProvider(
            "Posteo", ["posteo.de", "posteo.net", "posteo.org"], "posteo.de", advice: "the password of the account"),
        MailProvider(
            "Zoho", ["zoho.com", "zohomail.com"], "imap.zoho.com",
            passwordPage: "https://accounts.zoho.com/home#security/app_password",
            advice: "IMAP has to be switched on in Zoho's settings; with two-factor login an app password is wanted"),
        MailProvider(
            "Yandex", ["yandex.com", "yandex.ru", "ya.ru"], "imap.yandex.com", [.appPassword],
            passwordPage: "https://id.yandex.com/security/app-passwords", advice: "Yandex wants an app password"),
        MailProvider(
            "Mail.ru", ["mail.ru", "inbox.ru", "list.ru", "bk.ru"], "imap.mail.ru", [.appPassword],
            passwordPage: "https://account.mail.ru/user/2-step-auth/passwords",
            advice: "Mail.ru wants a password for external programs"),
        MailProvider("Migadu", ["migadu.com"], "imap.migadu.com", advice: "the password of the mailbox"),
        MailProvider("IONOS", ["online.de", "onlinehome.de"], "imap.ionos.de", advice: "the password of the mailbox"),
    ]
}
