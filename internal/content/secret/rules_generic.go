package secret

import "bulwark/internal/finding"

// rulesGeneric are the credentials of nobody in particular: what is assigned to
// a name such as password or api_key, and passwords in URLs.
func rulesGeneric() []Rule {
	return []Rule{
		{
			ID: "database-url", Name: "password in the address of a database or message broker",
			Class: ConnectionString, Shape: Address, Severity: finding.High,
			Anchors: []string{"://"},
			Pattern: `(?:jdbc:)?(?:mongodb(?:\+srv)?|postgres(?:ql)?(?:\+\w+)?|mysql(?:\+\w+)?|mariadb(?:\+\w+)?|rediss?|amqps?|mssql(?:\+\w+)?|sqlserver|oracle(?:\+\w+)?|clickhouse|couchdb|cassandra|neo4j(?:\+\w+)?|bolt|nats|mqtts?|influxdb|cockroachdb|db2|snowflake|redshift|memcached|elasticsearch|sentinel)`,
			Valid: []string{
				"DATABASE_URL=postgres://shop:" + "Vq7kT2mZp@db.internal:5432/shop",
				`url: "mongodb+srv://app:` + `k39XuPq2@cluster0.ab12c.mongodb.net/prod"`,
			},
			Invalid: []string{
				"postgres://user:${PASSWORD}@db/shop", "redis://localhost:6379/0", "postgres://user:password@db/x", "mysql://u:p4ss8word@example.com/x",
			},
		},
		{
			ID: "url-password", Name: "password in a URL",
			Class: ConnectionString, Shape: Address, Severity: finding.Medium,
			Anchors: []string{"://"},
			Pattern: `https?|ftps?|sftp|ssh|smb|ldaps?|smtps?|imaps?|pop3s?|git(?:\+\w+)?|svn(?:\+\w+)?|socks[45]?h?|rsync|wss?|telnet|vnc|rtmps?|rtsp|davs?|webdavs?`,
			Valid:   []string{"git clone https://deploy:" + "s8Wm2LpQx0@git.internal/app.git"},
			Invalid: []string{"https://user@git.internal/app.git", "http://proxy:8080/x@y", "see http://user:pass@host/", "ssh://git@host:22/x"},
		},
		{
			ID: "generic-password", Name: "password",
			Class: Password, Shape: Assigned, Severity: finding.Medium,
			Anchors: []string{"passw", "passphrase", "passcode", "pwd", "_pass", "-pass", "smtppass", "dbpass", "sshpass", "authpass", "userpass", "storepass", "keypass", "密码", "口令"},
			Valid: []string{
				"DB_PASSWORD=hT9#vq2L", "password: zuV4lkpm", `spring.datasource.password = Ora7cle!x`, `<add key="Password" value="hT9vq2Lm"/>`,
				"ENV MYSQL_ROOT_PASSWORD hunter42", `{"name": "DB_PASSWORD", "value": "hT9vq2Lm"}`,
			},
			Invalid: []string{
				"password=", "password=${DB_PASSWORD}", "password: changeme", "PASSWORD_FILE=/run/secrets/db", "password = <your password>", "password: {{ .Values.password }}",
				`password: "Your password must be 8 characters"`, "password_hash=5f4dcc3b5aa765d61d8327deb882cf99", "password=%DB_PASSWORD%",
			},
		},
		{
			ID: "generic-secret", Name: "secret, token or key",
			Class: Token, Shape: Assigned, Severity: finding.Medium,
			Anchors: []string{"secret", "token", "api_key", "apikey", "api-key", "access_key", "accesskey", "access-key", "auth_key", "authkey", "auth-key", "private_key", "privatekey",
				"encryption_key", "encryptionkey", "signing_key", "signingkey", "master_key", "masterkey", "account_key", "accountkey", "session_key", "credential", "密钥"},
			Valid: []string{
				"SECRET_KEY=9dZk2Lq8Xv4Tn7Rb1Wm5", `"client_secret": "q8Zr2-Lm4_Xv7Tn1Kb9W"`, "api_key: 4f9c1ab27de803f56b1c", `const apiToken = "q8Zr2Lm4Xv7Tn1Kb9W"`,
			},
			Invalid: []string{
				`token: "00000000-0000-0000-0000-000000000000"`, "secret: my-app-secret", "secretName: tls-cert-2024-prod", `tokenType: "q8Zr2Lm4Xv7Tn1Kb9W"`, "token = getToken(user1234567890)",
				"public_key=q8Zr2Lm4Xv7Tn1Kb9Wq8Zr2", `api_key = os.environ["API_KEY_12345678"]`, "access_token: 6f1f6d5e-2d3b-4c6a-9c1d-0a8b7c6d5e4f",
			},
		},
	}
}
