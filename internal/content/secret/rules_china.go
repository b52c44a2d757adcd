package secret

import (
	"slices"

	"bulwark/internal/finding"
)

// rulesChina are the credentials of the clouds and services used in China.
func rulesChina() []Rule {
	return slices.Concat(rulesChinaCloud(), rulesChinaChat(), rulesChinaServices())
}

// rulesChinaCloud: the forms of the key IDs are public knowledge and stand in
// the providers' guides to access keys.
func rulesChinaCloud() []Rule {
	return slices.Concat(
		// https://www.alibabacloud.com/help/doc-detail/53045.html
		from("Alibaba Cloud", "https://ram.console.aliyun.com/manage/ak",
			formed("alibaba-access-key-id", "Alibaba Cloud AccessKey ID", finding.High,
				format{pattern: `LTAI(?:[0-9A-Za-z]{20}|[0-9A-Za-z]{12,17})`, example: "LTAI" + "5t" + alnum.made(18), last: alnum}, "ltai"),
			formed("alibaba-sts-key-id", "Alibaba Cloud temporary AccessKey ID", finding.Medium,
				chain(oneOf("STS.N", "TMP."), alnum.between(20, 40)), "sts.n", "tmp."),
			keyed("alibaba-access-key-secret", "Alibaba Cloud AccessKey secret", finding.Critical, alnum.of(30),
				"alibaba", "aliyun", "alicloud", "ali_", "accesskeysecret", "access_key_secret", "access-key-secret", "oss_", "oss.", "oss-", "sls_").atLeast(3.5),
			keyed("alibaba-acr-password", "Alibaba Cloud Container Registry password", finding.High, alphabet("!-~").between(8, 64),
				"acr_password", "acr_pwd", "aliyun_registry_password", "aliyun_docker_password").is(Password),
		),
		// https://cloud.tencent.com/document/product/598/40487
		from("Tencent Cloud", "https://console.cloud.tencent.com/cam/capi",
			formed("tencent-secret-id", "Tencent Cloud SecretId", finding.High, chain(lit("AKID"), alnum.of(32)), "akid").atLeast(3.5),
			formed("tencent-temporary-secret-id", "Tencent Cloud temporary SecretId", finding.Medium, chain(lit("AKTP"), urlSafe.between(36, 80)), "aktp").atLeast(3.5),
			keyed("tencent-secret-key", "Tencent Cloud SecretKey", finding.Critical, alnum.of(32),
				"tencent", "qcloud", "cos_secret", "cossecret", "tcloud", "sms_appkey", "txcloud").atLeast(4),
		),
		// https://support.huaweicloud.com/usermanual-ca/ca_01_0003.html
		from("Huawei Cloud", "https://console.huaweicloud.com/iam/#/mine/accessKey",
			keyed("huawei-access-key", "Huawei Cloud access key ID", finding.Medium, upperAlnum.of(20),
				"huawei", "hwcloud", "hw_access", "hwc_", "obs_access", "obs_ak", "obs.ak", "sdk_ak").checkedBy(verifyMixed),
			keyed("huawei-secret-key", "Huawei Cloud secret access key", finding.Critical, alnum.of(40),
				"huawei", "hwcloud", "hw_secret", "hwc_", "obs_secret", "obs_sk", "obs.sk", "sdk_sk", "cloud_sdk_sk").atLeast(3.5).checkedBy(verifyMixed),
		),
		// https://cloud.baidu.com/doc/Reference/s/9jwvz2egb
		from("Baidu AI Cloud", "https://console.bce.baidu.com/iam/#/iam/accesslist",
			formed("baidu-access-key", "Baidu AI Cloud access key ID", finding.High, chain(lit("ALTAK"), alnum.between(20, 40)), "altak").atLeast(3),
			formed("baidu-qianfan-key", "Baidu Qianfan API key", finding.High, chain(lit("bce-v3/ALTAK-"), alnum.between(16, 40), lit("/"), lowerHex.of(40)), "bce-v3/"),
			keyed("baidu-secret-key", "Baidu AI Cloud key", finding.High, alnum.of(32),
				"baidu", "bce_", "bcesecret", "bceaccess", "bos_secret", "bos_access", "qianfan").checkedBy(verifyMixed),
		),
		// https://www.volcengine.com/docs/6291/65568
		from("Volcengine", "https://console.volcengine.com/iam/keymanage/",
			formed("volcengine-access-key", "Volcengine access key ID", finding.High, chain(lit("AKLT"), alphabet("0-9A-Za-z_=-").between(36, 60)), "aklt").atLeast(3),
			formed("volcengine-temporary-access-key", "Volcengine temporary access key ID", finding.Medium, chain(lit("AKTP"), alphabet("0-9A-Za-z_=-").between(82, 120)), "aktp").atLeast(3.5),
			keyed("volcengine-secret-key", "Volcengine secret access key", finding.Critical,
				format{pattern: `[0-9A-Za-z+/]{58,60}={0,2}`, example: alnum.made(58) + "==", last: stdBase64},
				"volc", "tos_secret", "tos_sk").atLeast(3.5),
			keyed("volcengine-ark-key", "Volcengine Ark API key", finding.High, aUUID(), "volc", "doubao"),
			Rule{
				ID: "volcengine-ark-variable", Name: "Volcengine Ark API key", Class: Token, Severity: finding.High,
				Anchors: []string{"ark_api_key"},
				Pattern: `\b(?i:ark_api_key)["']?\s{0,4}[=:]\s{0,4}["']?(?P<secret>` + aUUID().pattern + `)`,
				Valid:   []string{"export ARK_API_KEY=" + aUUID().example},
				Invalid: []string{"POSTMARK_API_KEY=" + aUUID().example},
			},
		),
		from("Kingsoft Cloud", "https://uc.console.ksyun.com/pro/iam/#/secretkey",
			keyed("kingsoft-secret-key", "Kingsoft Cloud secret key", finding.High, format{pattern: `[0-9A-Za-z+/]{43,44}=?`, example: alnum.made(44), last: stdBase64},
				"kingsoft", "ksyun", "ks3").atLeast(3.5),
			formed("kingsoft-access-key", "Kingsoft Cloud access key ID", finding.Medium, chain(lit("AKLT"), alphabet("0-9A-Za-z_-").between(18, 26)), "aklt").atLeast(3)),
		from("JD Cloud", "https://uc.jdcloud.com/account/accesskey",
			formed("jdcloud-access-key", "JD Cloud access key", finding.High, chain(lit("JDC_"), upperAlnum.between(25, 40)), "jdc_"),
			keyed("jdcloud-secret-key", "JD Cloud key", finding.High, upperAlnum.of(32), "jdcloud", "jd_cloud", "jd_secret", "jcloud", "jss_").checkedBy(verifyMixed)),
		from("UCloud", "https://console.ucloud.cn/uaccount/api_manage",
			keyed("ucloud-private-key", "UCloud private key", finding.High, alnum.between(40, 64), "ucloud", "ufile").atLeast(3.5).checkedBy(verifyMixed)),
		from("QingCloud", "https://console.qingcloud.com/access_keys/",
			keyed("qingcloud-secret-key", "QingCloud secret access key", finding.High, alnum.of(40), "qingcloud", "qy_secret", "qy_access").atLeast(3.5)),
		from("Qiniu", "https://portal.qiniu.com/developer/user/key",
			keyed("qiniu-key", "Qiniu access or secret key", finding.High, urlSafe.of(40), "qiniu", "kodo").atLeast(3.5).checkedBy(verifyMixed)),
		from("UPYUN", "https://console.upyun.com/account/operators/",
			keyed("upyun-password", "UPYUN operator password", finding.Medium, alnum.of(32), "upyun", "youpai").checkedBy(verifyMixed)),
		from("CTyun", "https://www.ctyun.cn/console/userCenter/personalCenter/",
			keyed("ctyun-key", "CTyun key", finding.High, lowerHex.of(32), "ctyun", "eop_")),
		from("ECloud", "https://ecloud.10086.cn/",
			keyed("ecloud-key", "China Mobile ECloud key", finding.High, lowerHex.of(32), "ecloud", "cmecloud")),
	)
}

// rulesChinaChat are of WeChat, WeCom, DingTalk and Feishu.
func rulesChinaChat() []Rule {
	return slices.Concat(
		// https://developers.weixin.qq.com/doc/
		from("WeChat", "https://mp.weixin.qq.com/",
			keyed("wechat-app-secret", "WeChat AppSecret", finding.High, lowerHex.of(32),
				"wechat", "weixin", "wx_secret", "wxsecret", "wx_app", "wxapp", "miniprogram", "mini_program").atLeast(3),
			keyed("wechat-pay-key", "WeChat Pay APIv2 or APIv3 key", finding.Critical, alnum.of(32),
				"apiv3", "api_v3", "api-v3", "wxpay", "wechatpay", "wechat_pay", "wx_pay", "mch_key", "mchkey", "mch-key", "paykey", "pay_key", "partnerkey", "partner_key").atLeast(3),
		),
		// https://developer.work.weixin.qq.com/document/path/90665
		from("WeCom", "https://work.weixin.qq.com/wework_admin/frame",
			keyed("wecom-secret", "WeCom application secret", finding.High, urlSafe.of(43),
				"corpsecret", "corp_secret", "corp-secret", "wecom", "wxwork", "workwechat", "work_weixin", "qywx", "qyweixin", "agentsecret", "agent_secret", "encodingaeskey", "encoding_aes_key", "aeskey").atLeast(3.5),
			formed("wecom-webhook", "WeCom group robot webhook", finding.Medium,
				chain(lit("qyapi.weixin.qq.com/cgi-bin/webhook/send?key="), aUUID()), "qyapi.weixin.qq.com").is(Webhook)),
		// https://open.dingtalk.com/document/orgapp/custom-robot-access
		from("DingTalk", "https://open-dev.dingtalk.com/",
			formed("dingtalk-webhook", "DingTalk robot webhook", finding.Medium,
				chain(lit("oapi.dingtalk.com/robot/send?access_token="), lowerHex.of(64)), "oapi.dingtalk.com").is(Webhook),
			keyed("dingtalk-access-token", "DingTalk robot access token", finding.Medium, lowerHex.of(64), "dingtalk", "dingding", "ding_token", "ding_access", "ding_robot"),
			keyed("dingtalk-robot-secret", "DingTalk robot signing secret", finding.Medium, chain(lit("SEC"), lowerHex.of(64)), "dingtalk", "dingding", "ding_secret", "ding_robot", "ding_sign", "secret"),
			keyed("dingtalk-app-secret", "DingTalk AppSecret", finding.High, urlSafe.of(64), "dingtalk", "dingding", "ding_app", "ding_client", "ding_secret").atLeast(4).checkedBy(verifyMixed)),
		// https://open.feishu.cn/document/
		from("Feishu", "https://open.feishu.cn/app",
			keyed("feishu-app-secret", "Feishu or Lark App Secret", finding.High, alnum.of(32), "feishu", "lark_", "larksuite").atLeast(3.5).checkedBy(verifyMixed),
			formed("feishu-webhook", "Feishu or Lark robot webhook", finding.Medium,
				chain(oneOf("open.feishu.cn", "open.larksuite.com"), lit("/open-apis/bot/v2/hook/"), aUUID()), "/open-apis/bot/").is(Webhook),
			formed("feishu-access-token", "Feishu or Lark access token", finding.Medium,
				format{pattern: `[tu]-(?:g1[0-9A-Za-z]{30,50}|[0-9A-Za-z]{2,3}[0-9a-f]{10}[0-9A-Za-z_.-]{15,60})`, example: "t-g1" + upperAlnum.made(38), last: urlSafe},
				"t-g1", "u-g1").atLeast(3.5)),
		from("Tencent QQ", "https://connect.qq.com/manage.html",
			keyed("qq-app-key", "QQ Connect or QQ bot secret", finding.Medium, alnum.between(16, 32), "qq_app", "qqapp", "qq_secret", "qq_bot", "qqbot").checkedBy(verifyMixed)),
	)
}

// rulesChinaServices are of forges, maps, messages, push and models.
func rulesChinaServices() []Rule {
	return slices.Concat(
		from("Gitee", "https://gitee.com/profile/personal_access_tokens",
			keyed("gitee-token", "Gitee personal access token", finding.High, lowerHex.of(32), "gitee")),
		from("CODING", "https://coding.net/",
			keyed("coding-token", "CODING personal access token", finding.High, lowerHex.of(40), "coding_token", "coding_access", "coding_pat", "coding_api", "coding.net")),
		from("DeepSeek", "https://platform.deepseek.com/api_keys",
			beside("deepseek-key", "DeepSeek API key", finding.High, chain(lit("sk-"), lowerHex.of(32)), "deepseek")),
		from("Moonshot AI", "https://platform.moonshot.cn/console/api-keys",
			keyed("moonshot-key", "Moonshot (Kimi) API key", finding.High, chain(lit("sk-"), alnum.of(48)), "moonshot", "kimi")),
		from("Alibaba Cloud Model Studio", "https://bailian.console.aliyun.com/?tab=model#/api-key",
			beside("dashscope-key", "DashScope (Qwen) API key", finding.High, chain(lit("sk-"), lowerHex.of(32)), "dashscope", "qwen", "bailian", "tongyi")),
		// One form for several vendors of models; the name tells which, where there is one.
		from("", "",
			opened("sk-hex-key", "API key of a model service (DeepSeek, DashScope and others)", finding.High, "sk-", lowerHex.of(32)).atLeast(3)),
		from("Zhipu AI", "https://open.bigmodel.cn/usercenter/apikeys",
			keyed("zhipu-key", "Zhipu (GLM) API key", finding.High,
				format{pattern: `[0-9a-f]{32}\.[0-9A-Za-z]{16}`, example: lowerHex.made(32) + "." + alnum.made(16), last: alnum, exact: true}, "zhipu", "bigmodel", "glm_", "chatglm", "zai_")),
		from("SiliconFlow", "https://cloud.siliconflow.cn/account/ak",
			keyed("siliconflow-key", "SiliconFlow API key", finding.High, chain(lit("sk-"), alphabet("a-z").of(48)), "siliconflow", "silicon_flow")),
		from("MiniMax", "https://platform.minimaxi.com/user-center/basic-information/interface-key",
			keyed("minimax-key", "MiniMax API key", finding.High, format{pattern: `(?:sk-(?:api|cp)-[0-9A-Za-z_-]{40,140}|eyJhbGci[0-9A-Za-z_.-]{100,})`, example: "sk-api-" + urlSafe.made(100), last: urlSafe}, "minimax")),
		from("iFLYTEK", "https://console.xfyun.cn/",
			keyed("iflytek-key", "iFLYTEK API key or secret", finding.High, format{pattern: `[0-9A-Za-z]{32}`, example: lowerHex.made(32), last: alnum, exact: true}, "xfyun", "iflytek", "xunfei", "spark_api").checkedBy(verifyMixed)),
		from("StepFun", "https://platform.stepfun.com/interface-key",
			keyed("stepfun-key", "StepFun API key", finding.High, alnum.of(64), "stepfun", "step_api")),
		from("Baichuan", "https://platform.baichuan-ai.com/console/apikey",
			beside("baichuan-key", "Baichuan API key", finding.High, chain(lit("sk-"), lowerHex.of(32)), "baichuan")),
		from("AMap", "https://console.amap.com/dev/key/app",
			keyed("amap-key", "AMap key", finding.Low, lowerHex.of(32), "amap_", "amap-", "amap.", "amapkey", "gaode", "autonavi")),
		from("Baidu Maps", "https://lbsyun.baidu.com/apiconsole/key",
			keyed("baidu-map-key", "Baidu Maps key", finding.Low, alnum.of(32), "baidu_map", "baidumap", "bmap_", "baidu_lbs", "baidu_map_javascript")),
		from("Tencent Location Service", "https://lbs.qq.com/dev/console/application/mine",
			keyed("tencent-map-key", "Tencent Location Service key", finding.Low,
				format{pattern: `[2-7A-Z]{5}(?:-[2-7A-Z]{5}){5}`, example: base32.made(5) + "-" + base32.made(6)[:5] + "-" + base32.made(7)[:5] + "-" + base32.made(8)[:5] + "-" + base32.made(9)[:5] + "-" + base32.made(10)[:5], last: alnum, exact: true},
				"qqmap", "tencentmap", "tencent_map", "qq_map", "tmap_key")),
		from("JPush", "https://www.jiguang.cn/dev2/",
			keyed("jpush-secret", "JPush AppKey or master secret", finding.Medium, lowerHex.of(24), "jpush", "jiguang", "mastersecret", "master_secret")),
		from("Umeng", "https://mobile.umeng.com/",
			keyed("umeng-key", "Umeng AppKey or master secret", finding.Low, lowerAlnum.between(24, 32), "umeng").checkedBy(verifyMixed)),
		from("Getui", "https://dev.getui.com/",
			keyed("getui-secret", "Getui key or secret", finding.Medium, alnum.of(22), "getui", "gt_master", "gt_appsecret").checkedBy(verifyMixed)),
		from("Yunpian", "https://www.yunpian.com/console/",
			keyed("yunpian-key", "Yunpian API key", finding.Medium, lowerHex.of(32), "yunpian")),
		from("GeeTest", "https://auth.geetest.com/",
			keyed("geetest-key", "GeeTest key", finding.Medium, lowerHex.of(32), "geetest")),
		from("Agora", "https://console.shengwang.cn/",
			keyed("agora-certificate", "Agora App Certificate", finding.Medium, lowerHex.of(32), "agora", "app_certificate", "appcertificate")),
		from("NetEase Yunxin", "https://app.yunxin.163.com/",
			keyed("yunxin-secret", "NetEase Yunxin App Secret", finding.Medium, format{pattern: `[0-9a-f]{12}(?:[0-9a-f]{20})?`, example: lowerHex.made(12), last: lowerHex}, "yunxin", "netease_im", "nim_secret", "nim_app")),
		from("Easemob", "https://console.easemob.com/",
			keyed("easemob-secret", "Easemob client secret", finding.Medium, format{pattern: `YXA6[0-9A-Za-z_-]{20,40}`, example: "YXA6" + urlSafe.made(27), last: urlSafe}, "easemob", "hyphenate")),
		from("Bugly", "https://bugly.qq.com/",
			keyed("bugly-key", "Bugly App Key", finding.Low, aUUID(), "bugly")),
	)
}
