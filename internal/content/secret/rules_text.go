package secret

import "bulwark/internal/finding"

// rulesText are credentials by what stands around them in a text: headers,
// command lines, tokens of open formats, keys in PEM.
func rulesText() []Rule {
	return []Rule{
		{
			ID: "private-key", Name: "private key", Class: PrivateKey, Severity: finding.High,
			Anchors: []string{"-----begin"},
			Pattern: `-----BEGIN[ A-Z0-9_-]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\+[nr])*(?P<secret>(?:[A-Za-z-]{4,20}: [^\n\\]{1,120}(?:\s|\\+[nr])+){0,6}(?:[0-9A-Za-z+/=]|\s|\\+[nr]){64,128})`,
			Max:     1200,
			Verify:  verifyPEM,
			Valid: []string{
				"-----BEGIN RSA " + "PRIVATE KEY-----\n" + stdBase64.made(64) + "\n" + stdBase64.made(63) + "\n-----END RSA PRIVATE KEY-----\n",
				`"private_key": "-----BEGIN ` + `PRIVATE KEY-----\nMIIEvQIBADANBgkqh` + stdBase64.made(80) + `\n"`,
				"-----BEGIN PGP " + "PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n" + stdBase64.made(64) + "\n" + stdBase64.made(64) + "\n",
			},
			Invalid: []string{
				"-----BEGIN PUBLIC KEY-----\n" + stdBase64.made(128), "-----BEGIN RSA " + "PRIVATE KEY-----\n...\n-----END RSA PRIVATE KEY-----",
				`"-----BEGIN ` + `PRIVATE KEY-----\n" + key + "\n-----END PRIVATE KEY-----\n"`,
			},
		},
		{
			ID: "private-key-der", Name: "private key in base64", Class: PrivateKey, Shape: Keyed, Severity: finding.High,
			Anchors: []string{"private_key", "privatekey", "private-key", "rsa_private", "rsaprivate", "merchant_private", "app_private", "alipay", "pri_key", "client-key-data", "client_key", "clientkey", "ssl_key", "tls_key"},
			Pattern: `M[IHC][0-9A-Za-z+/]{60,}={0,2}`,
			Verify:  verifyDERKey,
			Valid:   []string{"alipay.private_key=" + derKey(), `merchantPrivateKey: "` + derKey() + `"`},
			Invalid: []string{"alipay.public_key=" + "MIGf" + stdBase64.made(200), "private_key=" + "MIIE" + stdBase64.made(200)},
		},
		{
			ID: "private-key-base64", Name: "private key in PEM, encoded once more", Class: PrivateKey, Severity: finding.High,
			// base64 of "-----BEGIN " and a capital letter.
			Anchors: []string{"ls0tls1crudjtib"},
			Pattern: `(?P<secret>LS0tLS1CRUdJTiB[0-9A-Za-z+/]{64,})`,
			Verify:  verifyPEMBase64,
			Valid:   []string{"client-key-data: " + pemBase64("RSA PRIVATE KEY")},
			Invalid: []string{"certificate-authority-data: " + pemBase64("CERTIFICATE")},
		},
		{
			ID: "putty-private-key", Name: "private key of PuTTY", Class: PrivateKey, Severity: finding.High,
			Anchors: []string{"putty-user-key-file-"},
			Pattern: `PuTTY-User-Key-File-[23]: [^\n]{3,60}\s[\s\S]*?Private-Lines: [0-9]{1,4}\s+(?P<secret>[0-9A-Za-z+/=]{20,})`,
			Max:     4096,
			Valid:   []string{"PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: me\nPublic-Lines: 2\n" + stdBase64.made(64) + "\n" + stdBase64.made(20) + "\nPrivate-Lines: 1\n" + stdBase64.made(48) + "\n"},
			Invalid: []string{"PuTTY-User-Key-File-2: is the first line of a key"},
		},
		{
			ID: "jwt", Name: "JSON web token", Class: Token, Severity: finding.Medium,
			Anchors: []string{"eyj0", "eyjh", "eyjr", "eyjl", "eyjq", "eyj4", "eyjj", "eyjp", "eyj6", "eyja", "eyjv", "eyji", "ewog", "ewoi", "eyai", "ew0k"},
			Pattern: leftEdge + `(?P<secret>e[wy][0-9A-Za-z_-]{14,}\.(?:e[wy][0-9A-Za-z_/+-]{8,}={0,2}|[0-9A-Za-z_-]{0,}\.[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,})(?:\.[0-9A-Za-z_/+-]*={0,2}){0,2})`,
			Verify:  verifyJWT,
			Valid:   []string{"Authorization: Bearer " + jwtExample(), `"id_token": "` + jwtExample() + `"`},
			Invalid: []string{"eyJabc" + alnum.made(30) + "." + "eyJ" + alnum.made(40) + "." + alnum.made(43)},
		},
		{
			ID: "jwt-base64", Name: "JSON web token, encoded once more", Class: Token, Severity: finding.Medium,
			Anchors: []string{"zxlk"},
			Pattern: leftEdge + `(?P<secret>ZXlK[0-9A-Za-z+/_-](?:[0-9A-Za-z+/_-]|\\?[\r\n]){40,}={0,2})`,
			Verify:  verifyJWTBase64,
			Valid:   []string{"token: " + jwtBase64Example()},
			Invalid: []string{"ZXlK" + alnum.made(60)},
		},
		{
			ID: "http-basic", Name: "HTTP Basic authorization", Class: Password, Severity: finding.Medium,
			Anchors: []string{"basic "},
			Pattern: `(?i:authorization|authenticate)["'\]]{0,2}\s{0,4}[:=,]{0,2}\s{0,4}[>(\[]?["'` + "`" + `]?(?i:basic )\s{0,3}(?P<secret>[0-9A-Za-z+/]{8,}={0,2})(?:[^0-9A-Za-z+/=]|$)`,
			Before:  64,
			Verify:  verifyBasic,
			Valid:   []string{"Authorization: Basic " + basicExample(), `proxy_set_header Authorization "Basic ` + basicExample() + `";`},
			Invalid: []string{"Authorization: Basic <credentials>", "Authorization: Basic " + "authentication"},
		},
		{
			ID: "http-bearer", Name: "HTTP Bearer authorization", Class: Token, Severity: finding.Medium,
			Anchors: []string{"authorization"},
			Pattern: `(?i:authorization)["'\]]{0,2}\s{0,4}[:=,]{1,2}\s{0,4}["'` + "`" + `]?(?i:bearer|(?:api-?)?token|apikey)\s{1,3}(?P<secret>[0-9A-Za-z_~.+/@=-]{16,})(?:[^0-9A-Za-z_~.+/@=-]|$)`,
			Entropy: 3,
			Verify:  verifyMixed,
			Valid:   []string{"Authorization: Bearer " + alnum.made(40), `"Authorization": "Token ` + lowerHex.made(40) + `"`},
			Invalid: []string{"Authorization: Bearer $TOKEN", `Authorization: "Bearer " + accessToken`},
		},
		{
			ID: "command-header", Name: "credential in a header on a command line", Class: Token, Severity: finding.Medium,
			Anchors: []string{"authorization:", "token:", "apikey:", "api-key:", "api_key:", "auth-key:", "secret:"},
			Pattern: `(?:-H|--header)[= \t]{0,5}\\{0,2}["'](?i:authorization|(?:[a-z0-9-]{1,40}-)?(?:api-?)?(?:key|token|secret)):[ \t]{0,5}(?i:basic |bearer |(?:api-)?token )?[ \t]{0,5}(?P<secret>[0-9A-Za-z_=~@.+/-]{8,})\\{0,2}["']`,
			Before:  64,
			Verify:  verifyHeader,
			Valid:   []string{`curl -H "X-Api-Key: ` + alnum.made(20) + `" https://api.internal/`, `curl --header 'Authorization: ` + aUUID().example + `'`},
			Invalid: []string{`curl -H "Authorization: Bearer $TOKEN"`, `curl -H "Content-Type: application/json"`, `curl -H "X-Api-Key: your-api-key"`},
		},
		{
			ID: "command-user", Name: "user and password on the command line of curl", Class: Password, Severity: finding.Medium,
			Anchors: []string{"curl"},
			Pattern: `\bcurl\b(?:[^\n]|\\\r?\n|\n[ \t]+-)*?[ \t\n](?:-u|--user|--proxy-user|-U)[= \t]{0,5}` +
				`(?:"(?P<a>[^":\n]{0,80}:[^"\n]{3,80}|[^":\n]{3,80}:)"(?:\s|$)|'(?P<b>[^':\n]{0,80}:[^'\n]{3,80}|[^':\n]{3,80}:)'(?:\s|$)|(?P<c>(?:"[^"\n]{3,80}"|'[^'\n]{3,80}'|[\w$@.-]{1,80}):(?:"[^"\n]{3,80}"|'[^'\n]{3,80}'|[\w${}@.!%^*~#+/=-]{3,80}))(?:\s|$))`,
			Max:     800,
			Verify:  verifyUserPassword,
			Valid:   []string{"curl -k -u elastic:" + "hT9vq2LmX7 https://search.internal:9200", `curl -s --user 'api:` + `d8LkV3zLx!t' https://mail.internal`},
			Invalid: []string{"curl -u user:password https://example.com/", `curl -u "$USER:$PASSWORD" https://x/`, "curl -u admin https://x/", "curl -u <user>:<password> https://x"},
		},
		{
			ID: "command-password", Name: "password on a command line", Class: Password, Severity: finding.Medium,
			Anchors: []string{"sshpass ", "mysql ", "mysqldump ", "mysqladmin ", "mariadb ", "redis-cli ", "mongo ", "mongosh ", "mongodump ", "docker login", "podman login", "helm registry login", "az login", "smbclient ", "ldapsearch ", "ldapadd ", "psql ", "sqlcmd ", "htpasswd ", "openssl ", "useradd ", "net user ", "keytool ", "7z ", "zip ", "wget "},
			Pattern: `\b(?:sshpass[ \t]+-p[ \t]*|(?:mysql|mysqldump|mysqladmin|mariadb)[ \t][^\n|;&]*?[ \t]-p|redis-cli[ \t][^\n|;&]*?[ \t]-a[ \t]+|(?:mongo|mongosh|mongodump)[ \t][^\n|;&]*?[ \t]-p[ \t]+|(?:docker|podman|helm registry)[ \t]+login[ \t][^\n|;&]*?[ \t](?:-p|--password)[ \t=]+|az login[ \t][^\n|;&]*?[ \t]-p[ \t]+|smbclient[ \t][^\n|;&]*?[ \t]-U[ \t]+[^ \t\n%]{1,60}%|ldap(?:search|add)[ \t][^\n|;&]*?[ \t]-w[ \t]+|sqlcmd[ \t][^\n|;&]*?[ \t]-P[ \t]+|htpasswd[ \t]+-[a-zA-Z]*b[a-zA-Z]*[ \t]+[^\n|;&{]{1,120}[ \t][^ \t|{]{1,60}[ \t]+|openssl[ \t][^\n|;&]*?[ \t]-pass(?:in|out)?[ \t]+pass:|net user[ \t]+[^ \t\n]{1,40}[ \t]+|keytool[ \t][^\n|;&]*?[ \t]-(?:store|key)pass[ \t]+|(?:7z|unzip|zip)[ \t][^\n|;&]*?[ \t]-[pP][ \t]?|wget[ \t][^\n|;&]*?--(?:http-)?password[ \t=]+)["']?(?P<secret>[^\s"'|;&<>()]{5,80})`,
			Verify:  verifyChosen,
			Valid:   []string{"sshpass -p " + "hT9vq2Lm ssh root@10.0.0.7", "mysql -uroot -p" + "hT9vq2Lm shop", "docker login -u ci -p " + "hT9vq2Lm registry.internal"},
			Before:  24, Max: 400,
			Invalid: []string{"sshpass -p $PASS ssh host", "mysql -uroot -p shop", "docker login -u ci --password-stdin registry", "mysql -p${PW} x", "unzip -P secret"},
		},
		{
			ID: "kubernetes-secret", Name: "Secret of Kubernetes", Provider: "Kubernetes", Class: Password, Severity: finding.High,
			Anchors: []string{"kind: secret", `kind: "secret`, "kind: 'secret", "kind:secret", `"kind": "secret`, `"kind":"secret`},
			Pattern: `(?:\bdata["']?:\s(?:[^\n]*\n){0,6}?\s*["']?[\w.-]+["']?:[ \t]*(?:[|>][-+]?\s+)?["']?(?P<before>[0-9A-Za-z+/]{8,}={0,3})["']?\s(?:[^\n]*\n){0,8}?\s*)?\bkind["']?:[ \t]*["']?(?i:secret)["']?(?:[,\s]|$)(?:(?:[^\n]*\n){0,12}?\s*["']?data["']?:\s(?:\s*#[^\n]*\n)*\s*["']?[\w.-]+["']?:[ \t]*(?:[|>][-+]?\s+)?["']?(?P<after>[0-9A-Za-z+/]{8,}={0,3}))?`,
			Before:  1200, Max: 2400,
			Verify: verifySecretData,
			Valid: []string{
				"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n  password: aFQ5dnEyTG1YNw==\n",
				"apiVersion: v1\ndata:\n  password: aFQ5dnEyTG1YNw==\nkind: Secret\nmetadata:\n  name: db\n",
			},
			Invalid: []string{"apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: {{ .Values.password }}\n", "kind: SecretStore\ndata:\n  password: aFQ5dnEyTG1YNw==\n"},
		},
	}
}
