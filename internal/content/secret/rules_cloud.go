package secret

import (
	"slices"

	"bulwark/internal/finding"
)

// rulesCloud are the credentials of clouds, of hosting and content delivery, and
// of what is used to run them. Those used in China stand in rulesChina.
func rulesCloud() []Rule {
	return slices.Concat(
		rulesAmazon(), rulesMicrosoft(), rulesGoogle(), rulesIBM(), rulesHosting(), rulesInfrastructure(),
	)
}

// rulesAmazon rests on
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
func rulesAmazon() []Rule {
	return from("Amazon Web Services", "https://console.aws.amazon.com/iam/home#/security_credentials",
		formed("aws-access-key-id", "AWS access key ID", finding.High,
			chain(oneOf("AKIA", "ASIA", "ABIA", "ACCA"), base32.of(16)), "akia", "asia", "abia", "acca").
			checkedBy(verifyAWSKeyID).
			shown("aws_access_key_id = "+awsKeyID("AKIA", 123456789012), "ASIA"+base32.made(16)).
			not("AKIA"+"IOSFODNN7EXAMPLE", "akia"+"iosfodnn7abcdefg"),
		formed("aws-access-key-id-legacy", "AWS access key ID of an old form", finding.High,
			chain(lit("A3T"), upperAlnum.of(1), base32.of(16)), "a3t"),
		keyed("aws-secret-access-key", "AWS secret access key", finding.Critical,
			stdBase64.of(40), "aws_secret", "aws-secret", "awssecret", "aws_access_key", "secret_access_key", "secretaccesskey",
			"aws_sec", "aws_key", "aws_secret_key", "amazon_secret").
			atLeast(3.5).
			shown("aws_secret_access_key = "+stdBase64.made(40), `"SecretAccessKey": "`+stdBase64.made(40)+`"`, "AWS_SECRET_ACCESS_KEY="+stdBase64.made(40)).
			not("aws_secret_access_key = "+stdBase64.made(41), "aws_secret_access_key = "+stdBase64.made(39)),
		keyed("aws-session-token", "AWS session token", finding.High,
			chain(oneOf("IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz", "AQoDYXdz"), alphabet("0-9A-Za-z+/=").between(100, 2000)),
			"session_token", "sessiontoken", "security_token", "securitytoken"),
		formed("aws-bedrock-api-key", "Amazon Bedrock API key, long-term", finding.High,
			chain(lit("ABSK"), stdBase64.between(109, 269), maybe(lit("=="))), "absk").atLeast(3),
		formed("aws-bedrock-session-key", "Amazon Bedrock API key, short-term", finding.Medium,
			chain(lit("bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t"), alphabet("0-9A-Za-z+/=").between(0, 4000)),
			"bedrock-api-key-"),
		formed("aws-mws-key", "Amazon Marketplace Web Service token", finding.High,
			chain(lit("amzn.mws."), aUUID()), "amzn.mws."),
		formed("aws-appsync-key", "AWS AppSync API key", finding.Medium,
			chain(lit("da2-"), lowerAlnum.of(26)), "da2-"),
	)
}

// rulesMicrosoft rests on
// https://learn.microsoft.com/purview/sit-sensitive-information-type-entity-definitions
func rulesMicrosoft() []Rule {
	key64 := chain(stdBase64.of(86), lit("=="))
	return from("Microsoft Azure", "https://portal.azure.com/",
		Rule{
			ID: "azure-client-secret", Name: "Microsoft Entra client secret", Class: Token, Severity: finding.High,
			Anchors: []string{"q~"},
			Pattern: `(?:^|[^0-9A-Za-z_~.-]|\\[nrt])(?P<secret>[0-9A-Za-z_~.-]{3}[0-9]Q~[0-9A-Za-z_~.-]{31,34})(?:[^0-9A-Za-z_~.-]|$)`,
			Entropy: 3,
			Revoke:  "https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
			Valid:   []string{"client_secret: " + alnum.made(3) + "8Q" + "~" + urlSafe.made(34)},
			Invalid: []string{"client_secret: " + alnum.made(3) + "8Q" + "~" + urlSafe.made(20)},
		},
		Rule{
			ID: "azure-storage-key", Name: "Azure storage account key", Class: ConnectionString, Severity: finding.Critical,
			Anchors: []string{"accountkey", "account_key", "account-key", "storage_key", "storagekey", "storage-key"},
			Pattern: `(?i:account[_-]?key|storage[_-]?key)["']?\s{0,4}[=:]{1,3}\s{0,4}["']?(?P<secret>[0-9A-Za-z+/]{86}==)`,
			Verify:  verifyKey64,
			Valid:   []string{"DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=" + key64.example + ";EndpointSuffix=core.windows.net"},
			// The key of the storage emulator is the same for everybody.
			Invalid: []string{"AccountKey=short==", "AccountKey=" + devStoreKey},
		},
		Rule{
			ID: "azure-identifiable-key", Name: "Azure key with a signature of its service", Class: Token, Severity: finding.High,
			Anchors: []string{"azfu", "azse", "azca", "+asta", "acdb", "+acr", "+aiot", "+aeh", "+asb", "+aba", "apim", "azdo"},
			Pattern: leftEdge + `(?P<secret>[0-9A-Za-z+/]{76}(?:\+AMC|\+ABa|ACDb|AStA|\+AStA)[0-9A-Za-z+/]{5,6}[AQgw]==|[0-9A-Za-z+/_-]{42,44}Az(?:Fu|Se|Ca)[0-9A-Za-z+/_-]{5}[AQgw](?:==?)?|[0-9A-Za-z+/]{33}(?:AIoT|\+ASb|\+AEh|APIM|\+ACR)[0-9A-Za-z+/]{5,7}=?|[0-9A-Za-z]{76}AZDO[0-9A-Za-z]{4})(?:[^0-9A-Za-z+/=]|$)`,
			Valid:   []string{"code=" + alnum.made(44) + "AzFu" + alnum.made(5) + "A==", "pat: " + alnum.made(76) + "AZDO" + alnum.made(4)},
			Invalid: []string{"AzFu" + alnum.made(10)},
		},
		Rule{
			ID: "azure-shared-access-key", Name: "Azure Service Bus, Event Hubs or IoT Hub shared access key", Class: ConnectionString, Severity: finding.High,
			Anchors: []string{"sharedaccesskey="},
			Pattern: `(?i:SharedAccessKey=)(?P<secret>[0-9A-Za-z+/]{43}=)`,
			Verify:  verifyKey32,
			Valid:   []string{"Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=" + stdBase64.made(42) + "A="},
			Invalid: []string{"SharedAccessKey=<key>"},
		},
		Rule{
			ID: "azure-sas-url", Name: "Azure shared access signature", Class: Token, Severity: finding.Medium,
			Anchors: []string{"sig="},
			Pattern: `[?&](?:amp;)?s[a-z]{1,2}=[^\s"'<>]{4,}?(?:[?&]|&amp;)sig=(?P<secret>[0-9A-Za-z%+/]{43,90}(?:=|%3[dD]))`,
			Before:  512,
			Valid:   []string{"https://shop.blob.core.windows.net/a/b?sv=2024-11-04&ss=b&srt=co&sp=rl&se=2027-01-01T00:00:00Z&sig=" + alnum.made(43) + "%3D"},
			Invalid: []string{"https://example.com/?sig=abc"},
		},
		keyed("azure-devops-pat", "Azure DevOps personal access token", finding.High,
			lowerAlnum.of(52), "azure_devops", "azuredevops", "azure-devops", "vsts", "ado_pat", "system_accesstoken"),
		keyed("azure-service-key", "Key of an Azure service", finding.High,
			lowerHex.of(32), "azure_openai", "azureopenai", "azure-openai", "azure_key", "azure_api", "azure-api", "azureapi", "azurekey", "azure_search", "azure_maps", "azure_cognitive", "ocp-apim-subscription", "cognitive", "bing_search").atLeast(3),
		keyed("azure-cosmos-key", "Azure Cosmos DB key", finding.Critical, key64, "cosmos", "documentdb").checkedBy(verifyKey64),
		formed("microsoft-teams-webhook", "Microsoft Teams incoming webhook", finding.Medium,
			chain(lit("https://"), lowerAlnum.between(1, 60), lit(".webhook.office.com/webhookb2/"),
				alphabet("0-9a-z-").of(36), lit("@"), alphabet("0-9a-z-").of(36), lit("/IncomingWebhook/"), lowerAlnum.of(32), lit("/"), alphabet("0-9a-z-").of(36)),
			".webhook.office.com").is(Webhook),
		formed("microsoft-powerautomate-webhook", "Power Automate or Logic Apps trigger URL", finding.Medium,
			chain(lit("logic.azure.com"), alphabet("0-9A-Za-z:/?&%._=-").between(40, 300), lit("sig="), urlSafe.of(43)),
			"logic.azure.com").is(Webhook),
	)
}

// devStoreKey is the well-known key of Azure's storage emulator.
// https://learn.microsoft.com/azure/storage/common/storage-connect-azurite
const devStoreKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

// rulesGoogle rests on https://cloud.google.com/docs/authentication/api-keys and
// https://developers.google.com/identity/protocols/oauth2
func rulesGoogle() []Rule {
	return from("Google", "https://console.cloud.google.com/apis/credentials",
		formed("gcp-api-key", "Google API key", finding.High,
			chain(lit("AIza"), urlSafe.of(35)), "aiza").atLeast(3),
		formed("google-oauth-client-secret", "Google OAuth client secret", finding.High,
			chain(lit("GOCSPX-"), urlSafe.of(28)), "gocspx-"),
		formed("google-oauth-access-token", "Google OAuth access token", finding.Medium,
			chain(lit("ya29."), urlSafe.between(40, 400)), "ya29."),
		formed("google-oauth-refresh-token", "Google OAuth refresh token", finding.High,
			chain(lit("1//0"), urlSafe.between(40, 160)), "1//0"),
		Rule{
			ID: "gcp-service-account", Name: "Google Cloud service account key", Class: PrivateKey, Severity: finding.Critical,
			Anchors: []string{"private_key_id"},
			Pattern: `"private_key_id"\s{0,4}:\s{0,4}"(?P<secret>[0-9a-f]{40})"`,
			Revoke:  "https://console.cloud.google.com/iam-admin/serviceaccounts",
			Valid:   []string{`{"type": "service_account", "private_key_id": "` + lowerHex.made(40) + `"}`},
			Invalid: []string{`"private_key_id": ""`},
		},
		keyed("gcp-storage-hmac", "Google Cloud Storage HMAC secret", finding.High,
			stdBase64.of(40), "gs_secret", "gcs_secret", "gs_hmac", "gcs_hmac", "google_secret").atLeast(3.5),
		formed("gcp-storage-hmac-id", "Google Cloud Storage HMAC access ID", finding.Medium,
			chain(lit("GOOG1E"), upperAlnum.of(55)), "goog1e"),
		keyed("recaptcha-secret", "reCAPTCHA key", finding.Low,
			chain(lit("6L"), urlSafe.of(6), lit("AAAAA"), urlSafe.of(27)), "recaptcha"),
	)
}

// rulesIBM rests on https://cloud.ibm.com/docs/account?topic=account-userapikey
func rulesIBM() []Rule {
	return from("IBM Cloud", "https://cloud.ibm.com/iam/apikeys",
		keyed("ibm-cloud-api-key", "IBM Cloud API key", finding.High, urlSafe.of(44),
			"ibm", "iam_", "iam-", "cloud_api", "cloud-api").atLeast(3),
		keyed("ibm-cos-hmac-secret", "IBM Cloud Object Storage HMAC secret", finding.High, lowerHex.of(48),
			"ibm_cos", "ibmcos", "ibm-cos", "cos_hmac", "cos-hmac", "coshmac", "cos_secret", "cos-secret"),
		keyed("softlayer-api-key", "SoftLayer API key", finding.High, lowerAlnum.of(64),
			"softlayer", "sl_api", "sl-api", "slapi", "sl_key", "sl-key", "sl_apikey", "sl_pass", "sl-pass", "sl_pwd"),
		formed("softlayer-soap-url", "SoftLayer SOAP address with an API key", finding.High,
			chain(lit("api.softlayer.com/soap/v3"), maybe(lit(".1")), lit("/"), lowerAlnum.of(64)), "api.softlayer.com"),
		keyed("cloudant-password", "Cloudant password", finding.High, lowerHex.of(64),
			"cloudant", "clou_").is(Password),
		keyed("cloudant-api-key", "Cloudant API key", finding.High, alphabet("a-z").of(24),
			"cloudant", "clou_"),
		Rule{
			ID: "cloudant-url", Name: "Cloudant address with a password", Class: ConnectionString, Severity: finding.High,
			Anchors: []string{".cloudant.com", ".cloudantnosqldb."},
			Pattern: `https?://[\w%.-]{1,80}:(?P<secret>[0-9A-Za-z]{16,64})@[\w-]{1,80}\.(?:cloudant\.com|cloudantnosqldb\.)`,
			Valid:   []string{"https://shop:" + lowerHex.made(64) + "@shop.cloudant.com/orders"},
			Invalid: []string{"https://shop.cloudant.com/orders"},
		},
	)
}

// rulesHosting are of smaller clouds, hosting and content delivery.
func rulesHosting() []Rule {
	return slices.Concat(
		from("DigitalOcean", "https://cloud.digitalocean.com/account/api/tokens",
			formed("digitalocean-pat", "DigitalOcean personal access token", finding.Critical, chain(lit("dop_v1_"), anyHex.of(64)), "dop_v1_"),
			formed("digitalocean-access-token", "DigitalOcean OAuth access token", finding.High, chain(lit("doo_v1_"), anyHex.of(64)), "doo_v1_"),
			formed("digitalocean-refresh-token", "DigitalOcean OAuth refresh token", finding.High, chain(lit("dor_v1_"), anyHex.of(64)), "dor_v1_"),
			formed("digitalocean-spaces-key", "DigitalOcean Spaces access key", finding.Medium, chain(lit("DO00"), upperAlnum.of(16)), "do00").atLeast(3),
		),
		from("Cloudflare", "https://dash.cloudflare.com/profile/api-tokens",
			keyed("cloudflare-global-key", "Cloudflare global API key", finding.Critical, lowerHex.of(37), "cloudflare", "cf_api"),
			keyed("cloudflare-token", "Cloudflare API token", finding.High, urlSafe.of(40), "cloudflare", "cf_api", "cf_token").atLeast(3),
			formed("cloudflare-origin-ca-key", "Cloudflare Origin CA key", finding.High,
				chain(lit("v1.0-"), lowerHex.of(24), lit("-"), lowerHex.of(146)), "v1.0-"),
		),
		from("Fastly", "https://manage.fastly.com/account/personal/tokens",
			keyed("fastly-token", "Fastly API token", finding.High, urlSafePad.of(32), "fastly").atLeast(3)),
		from("Fly.io", "https://fly.io/user/personal_access_tokens",
			formed("flyio-token", "Fly.io access token", finding.High,
				format{pattern: `(?:fo1_[\w-]{43}|fm1[ar]_[0-9A-Za-z+/]{100,}={0,3}|fm2_[0-9A-Za-z+/]{100,}={0,3})`, example: "fo1_" + urlSafe.made(43), last: "0-9A-Za-z_+/=-"},
				"fo1_", "fm1a_", "fm1r_", "fm2_").atLeast(3.5)),
		from("Heroku", "https://dashboard.heroku.com/account",
			formed("heroku-token", "Heroku API token", finding.High, chain(lit("HRKU-AA"), urlSafe.of(58)), "hrku-aa"),
			keyed("heroku-api-key", "Heroku API key", finding.High, aUUID(), "heroku")),
		from("Hetzner", "https://console.hetzner.cloud/",
			keyed("hetzner-token", "Hetzner Cloud API token", finding.High, alnum.of(64), "hcloud", "hetzner")),
		from("Linode", "https://cloud.linode.com/profile/tokens",
			keyed("linode-token", "Linode API token", finding.High, lowerHex.of(64), "linode")),
		from("Vultr", "https://my.vultr.com/settings/#settingsapi",
			keyed("vultr-api-key", "Vultr API key", finding.High, upperAlnum.of(36), "vultr")),
		from("OVHcloud", "https://api.ovh.com/console/",
			keyed("ovh-application-secret", "OVHcloud application secret or consumer key", finding.High, alnum.of(32), "ovh")),
		from("Scaleway", "https://console.scaleway.com/iam/api-keys",
			formed("scaleway-access-key", "Scaleway access key", finding.Medium, chain(lit("SCW"), upperAlnum.of(17)), "scw"),
			keyed("scaleway-secret-key", "Scaleway secret key", finding.High, aUUID(), "scw_secret", "scw_token", "scaleway")),
		from("Scalingo", "https://dashboard.scalingo.com/account/tokens",
			formed("scalingo-token", "Scalingo API token", finding.High, chain(lit("tk-us-"), urlSafe.of(48)), "tk-us-")),
		from("Netlify", "https://app.netlify.com/user/applications",
			formed("netlify-token", "Netlify access token", finding.High, chain(lit("nfp_"), alnum.of(36)), "nfp_"),
			keyed("netlify-access-token", "Netlify access token of an old form", finding.High, urlSafePad.between(40, 46), "netlify").atLeast(3)),
		from("Vercel", "https://vercel.com/account/tokens",
			keyed("vercel-token", "Vercel access token", finding.High, alnum.of(24), "vercel").atLeast(3).checkedBy(verifyMixed)),
		from("Render", "https://dashboard.render.com/u/settings#api-keys",
			formed("render-api-key", "Render API key", finding.High, chain(lit("rnd_"), alnum.of(28)), "rnd_").atLeast(3)),
		from("Railway", "https://railway.com/account/tokens",
			keyed("railway-token", "Railway API token", finding.High, aUUID(), "railway_token", "railway_api")),
		from("Yandex", "https://console.yandex.cloud/",
			formed("yandex-api-key", "Yandex Cloud API key", finding.High, chain(lit("AQVN"), urlSafe.between(35, 38)), "aqvn").atLeast(3),
			keyed("yandex-static-key", "Yandex Cloud static access key", finding.High, chain(lit("YC"), urlSafe.of(38)), "yandex", "yc_"),
			formed("yandex-iam-token", "Yandex Cloud IAM token", finding.Medium,
				format{pattern: `t1\.[0-9A-Za-z_-]{1,}={0,2}\.[0-9A-Za-z_-]{86}={0,2}`, example: "t1." + urlSafe.made(60) + "." + urlSafe.made(86), last: urlSafePad},
				"t1.")),
		from("Akamai", "https://control.akamai.com/apps/identity-management/",
			formed("akamai-client-token", "Akamai EdgeGrid token", finding.High,
				chain(lit("akab-"), lowerAlnum.of(16), lit("-"), lowerAlnum.of(16)), "akab-")),
		from("Backblaze", "https://secure.backblaze.com/app_keys.htm",
			keyed("backblaze-key", "Backblaze B2 application key", finding.High, chain(lit("K0"), stdBase64.of(29)), "b2_", "backblaze")),
		from("Wasabi", "https://console.wasabisys.com/access_keys",
			keyed("wasabi-secret-key", "Wasabi secret key", finding.High, alnum.of(40), "wasabi")),
		from("ngrok", "https://dashboard.ngrok.com/api",
			keyed("ngrok-token", "ngrok authentication token", finding.Medium, chain(alnum.between(26, 28), lit("_"), alnum.between(20, 22)), "ngrok")),
	)
}

// rulesInfrastructure are of what runs infrastructure: secret stores,
// provisioning, clusters, private networks.
func rulesInfrastructure() []Rule {
	return slices.Concat(
		from("HashiCorp", "https://app.terraform.io/app/settings/tokens",
			formed("terraform-cloud-token", "HCP Terraform token", finding.High,
				chain(alnum.of(14), lit(".atlasv1."), urlSafePad.between(60, 70)), ".atlasv1.").atLeast(3.5)),
		from("HashiCorp Vault", "https://developer.hashicorp.com/vault/docs/commands/token/revoke",
			formed("vault-service-token", "Vault service token", finding.Critical, chain(lit("hvs."), urlSafe.between(24, 200)), "hvs.").atLeast(3.5),
			formed("vault-batch-token", "Vault batch token", finding.High, chain(lit("hvb."), urlSafe.between(100, 400)), "hvb.").atLeast(3.5),
			formed("vault-recovery-token", "Vault recovery token", finding.Critical, chain(lit("hvr."), urlSafe.between(24, 200)), "hvr.").atLeast(3.5),
			keyed("vault-legacy-token", "Vault token of an old form", finding.High, chain(lit("s."), alnum.of(24)), "vault", "token").atLeast(3.5)),
		from("Consul and Nomad", "https://developer.hashicorp.com/consul/docs/security/acl",
			keyed("consul-token", "Consul or Nomad ACL token", finding.High, aUUID(), "consul_http_token", "consul_token", "nomad_token")),
		from("Doppler", "https://dashboard.doppler.com/workplace/tokens",
			formed("doppler-token", "Doppler token", finding.Critical,
				chain(lit("dp."), oneOf("pt", "ct", "sa", "scim", "audit", "st"), maybe(chain(lit("."), alphabet("0-9a-z_-").between(2, 35))), lit("."), alnum.between(40, 44)),
				"dp.pt.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit.", "dp.st.")),
		from("Infisical", "https://app.infisical.com/",
			keyed("infisical-service-token", "Infisical service token", finding.Critical,
				chain(lit("st."), lowerHex.of(24), lit("."), lowerHex.of(32), lit("."), lowerHex.of(32)), "infisical")),
		from("1Password", "https://my.1password.com/profile",
			formed("1password-secret-key", "1Password secret key", finding.High,
				format{pattern: `A3-[0-9A-Z]{6}-(?:[0-9A-Z]{11}|[0-9A-Z]{6}-[0-9A-Z]{5})-[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}`,
					example: "A3-" + upperAlnum.made(6) + "-" + upperAlnum.made(11) + "-" + upperAlnum.made(5) + "-" + upperAlnum.made(5) + "-" + upperAlnum.made(5), last: alnum},
				"a3-").atLeast(3),
			formed("1password-service-account", "1Password service account token", finding.Critical,
				chain(lit("ops_eyJ"), stdBase64.between(60, 2000), maybe(lit("=="))), "ops_eyj").atLeast(3)),
		from("age", "https://age-encryption.org/",
			formed("age-secret-key", "age secret key", finding.High,
				chain(lit("AGE-SECRET-KEY-1"), alphabet("02-9AC-HJ-NP-Z").of(58)), "age-secret-key-1").is(PrivateKey).
				checkedBy(verifyAge).shown(ageKey())),
		from("Pulumi", "https://app.pulumi.com/account/tokens",
			formed("pulumi-token", "Pulumi access token", finding.High, chain(lit("pul-"), lowerHex.of(40)), "pul-")),
		from("Spacelift", "https://spacelift.io/",
			keyed("spacelift-key", "Spacelift API key secret", finding.High, lowerHex.of(64), "spacelift")),
		from("Infracost", "https://dashboard.infracost.io/",
			formed("infracost-key", "Infracost API key", finding.Low, chain(lit("ico-"), alnum.of(32)), "ico-")),
		from("Harness", "https://app.harness.io/",
			formed("harness-key", "Harness access token", finding.High,
				chain(oneOf("pat", "sat"), lit("."), urlSafe.of(22), lit("."), alnum.of(24), lit("."), alnum.of(20)), "pat.", "sat.")),
		from("Octopus Deploy", "https://octopus.com/docs/octopus-rest-api/how-to-create-an-api-key",
			keyed("octopus-key", "Octopus Deploy API key", finding.High, chain(lit("API-"), upperAlnum.of(26)), "octopus", "apikey", "api_key", "api-key").atLeast(3)),
		from("Tailscale", "https://login.tailscale.com/admin/settings/keys",
			formed("tailscale-key", "Tailscale key", finding.High,
				chain(lit("tskey-"), oneOf("auth", "api", "client", "scim", "webhook"), lit("-"), alnum.between(11, 24), maybe(chain(lit("-"), alnum.between(22, 48)))), "tskey-")),
		from("Defined Networking", "https://admin.defined.net/",
			formed("defined-networking-key", "Defined Networking API key", finding.High,
				chain(lit("dnkey-"), urlSafePad.of(26), lit("-"), urlSafePad.of(52)), "dnkey-")),
		from("Cisco Meraki", "https://dashboard.meraki.com/",
			keyed("meraki-api-key", "Cisco Meraki API key", finding.High, lowerHex.of(40), "meraki").atLeast(3)),
		from("Red Hat OpenShift", "https://docs.redhat.com/documentation/openshift_container_platform/",
			formed("openshift-token", "OpenShift user token", finding.High, chain(lit("sha256~"), urlSafe.of(43)), "sha256~").atLeast(3)),
		from("Prefect", "https://app.prefect.cloud/my/api-keys",
			formed("prefect-key", "Prefect API key", finding.High, chain(oneOf("pnu_", "pnb_"), alnum.of(36)), "pnu_", "pnb_")),
		from("Rancher", "https://ranchermanager.docs.rancher.com/reference-guides/user-settings/api-keys",
			keyed("rancher-token", "Rancher API token", finding.High, chain(lit("token-"), lowerAlnum.of(5), lit(":"), lowerAlnum.of(54)), "rancher", "cattle", "token")),
		from("Chef", "https://docs.chef.io/automate/api_tokens/",
			keyed("chef-automate-token", "Chef Automate API token", finding.High, chain(urlSafe.of(43), lit("=")), "chef", "automate_token")),
		from("Puppet", "https://www.puppet.com/docs/pe/",
			keyed("puppet-forge-key", "Puppet Forge API key", finding.High, lowerHex.of(64), "puppet", "forge_token")),
	)
}
