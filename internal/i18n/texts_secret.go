package i18n

// textsSecret are the texts of credentials: a title for all, reason and remedy
// for each class.
func textsSecret() []entry {
	return []entry{
		{"secret.found", "Credential found: {0}", "发现凭据：{0}"},
		{
			"secret.token.why",
			"Everybody who can pull the image, read the layer or the build context can take the token and act with its rights. Deleting the file in a later layer does not take it out of the image.",
			"任何能够拉取该镜像、读取该层或构建上下文的人都可以取得该令牌，并以其权限操作。在后续层中删除文件并不会将其从镜像中移除。",
		},
		{
			"secret.token.fix",
			"Revoke the token at its provider first, then make a new one. Give it to the program at run time (a mounted secret, the orchestrator's secret store), or to a build step by RUN --mount=type=secret; then rebuild the image without it.",
			"请先在提供方吊销该令牌，再签发新的令牌。通过运行时挂载的密钥或编排平台的密钥存储提供给程序；构建步骤请使用 RUN --mount=type=secret，然后重新构建不含该令牌的镜像。",
		},
		{
			"secret.password.why",
			"A password in an image is known to everybody who can pull the image, is the same in every container made from it, and is often used elsewhere too.",
			"镜像中的口令对任何能拉取该镜像的人可见，由该镜像创建的所有容器都使用同一口令，并且往往在其他地方也被使用。",
		},
		{
			"secret.password.fix",
			"Change the password where it is valid. Give it to the program at run time (a mounted secret, the orchestrator's secret store), and rebuild the image without it.",
			"请在该口令生效之处修改口令。改为在运行时提供给程序（挂载的密钥或编排平台的密钥存储），并重新构建不含该口令的镜像。",
		},
		{
			"secret.private-key.why",
			"Who has a private key is its owner: can log in, sign, or decrypt in its name. A key in an image is a key of everybody who can pull it.",
			"持有私钥者即可以其名义登录、签名或解密。镜像中的私钥属于任何能够拉取该镜像的人。",
		},
		{
			"secret.private-key.fix",
			"Take the key as lost: make a new one, withdraw the certificates made for it, remove its public half wherever it is trusted, and mount the new key at run time.",
			"请视该私钥为已泄露：生成新的密钥，吊销其对应的证书，在所有信任处移除其公钥，并在运行时挂载新密钥。",
		},
		{
			"secret.connection-string.why",
			"The address, the user and the password stand together: who reads the image can log in without having to guess anything.",
			"地址、用户名和口令同时出现：读取镜像者无需任何猜测即可登录。",
		},
		{
			"secret.connection-string.fix",
			"Change the password where it is valid, keep the address and the password apart, and give the password to the program at run time.",
			"请在该口令生效之处修改口令，将地址与口令分开存放，并在运行时将口令提供给程序。",
		},
		{
			"secret.certificate.why",
			"A program that trusts or shows a certificate stops working when the certificate runs out, and an image does not renew itself.",
			"程序所信任或出示的证书到期后将停止工作，而镜像不会自行更新证书。",
		},
		{
			"secret.certificate.fix",
			"Renew the certificate, and mount it at run time where it changes more often than the image.",
			"请更新证书；若其更换频率高于镜像，请在运行时挂载。",
		},
		{
			"secret.webhook.why",
			"The URL is the credential: who knows it can post messages in your name, without any log-in.",
			"该 URL 本身即为凭据：知晓者无需登录即可以您的名义发送消息。",
		},
		{
			"secret.webhook.fix",
			"Remove the webhook at its provider and make a new one; give its URL to the program at run time.",
			"请在提供方删除该 Webhook 并重新创建，其 URL 在运行时提供给程序。",
		},
	}
}
