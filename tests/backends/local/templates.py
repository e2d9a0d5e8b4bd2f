"""Chat templates as known families of models have them, rebuilt small: how tools, calls and results are written."""

from __future__ import annotations

HERMES = """
{%- if tools %}{{ '<|im_start|>system\\n# Tools\\n<tools>' }}{% for tool in tools %}{{ '\\n' }}{{ tool | tojson }}{% endfor %}
{{- '\\n</tools><|im_end|>\\n' }}{% endif %}
{%- for message in messages %}
{%- if message.role == 'tool' %}
{{- '<|im_start|>user\\n<tool_response>\\n' + message.content + '\\n</tool_response><|im_end|>\\n' }}
{%- elif message.role == 'assistant' %}
{{- '<|im_start|>assistant\\n' + message.content }}
{%- for call in message.tool_calls or [] %}
{%- if not loop.first or message.content %}{{ '\\n' }}{% endif %}
{{- '<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}{{ call.function.arguments | tojson }}
{{- '}\\n</tool_call>' }}
{%- endfor %}{{ '<|im_end|>\\n' }}
{%- else %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""

THINKING = HERMES.replace(
    "{{- '<|im_start|>assistant\\n' + message.content }}",
    "{{- '<|im_start|>assistant\\n<think>\\n\\n</think>\\n\\n' + message.content }}",
)
"""As Qwen 3 has it: the last answer has its thinking, if only an empty one."""

LLAMA = """
{%- for message in messages %}
{%- if message.tool_calls %}
{%- if message.tool_calls | length != 1 %}{{ raise_exception('This model takes one call at a time') }}{% endif %}
{{- '<|im_start|>assistant\\n\\n' }}
{%- set call = message.tool_calls[0].function %}
{{- '{"name": "' + call.name + '", "parameters": ' }}{{ call.arguments | tojson }}{{ '}<|im_end|>' }}
{%- elif message.role == 'tool' %}{{ '<|im_start|>ipython\\n\\n' + message.content + '<|im_end|>' }}
{%- else %}{{ '<|im_start|>' + message.role + '\\n\\n' }}
{%- if tools and message.role == 'user' and loop.first %}{% for tool in tools %}{{ tool | tojson }}{% endfor %}{% endif %}
{{- message.content + '<|im_end|>' }}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n\\n' }}{% endif %}"""

MISTRAL = """
{%- for message in messages %}
{%- if message.role == 'user' %}
{%- if tools and loop.index0 == 0 %}{{ '[AVAILABLE_TOOLS] ' }}{{ tools | tojson }}{{ '[/AVAILABLE_TOOLS]' }}{% endif %}
{{- '[INST] ' + message.content + '[/INST]' }}
{%- elif message.role == 'tool' %}
{%- if message.tool_call_id | length != 9 %}{{ raise_exception('Tool call IDs should be of length 9') }}{% endif %}
{{- '[TOOL_RESULTS] {"content": ' }}{{ message.content | tojson }}
{{- ', "call_id": "' + message.tool_call_id + '"}[/TOOL_RESULTS]' }}
{%- elif message.tool_calls %}
{{- '[TOOL_CALLS] [' }}
{%- for call in message.tool_calls %}
{%- if call.id | length != 9 %}{{ raise_exception('Tool call IDs should be of length 9') }}{% endif %}
{{- '{"name": "' + call.function.name + '", "arguments": ' }}{{ call.function.arguments | tojson }}
{{- ', "id": "' + call.id + '"}' }}{{ ', ' if not loop.last }}
{%- endfor %}{{ ']<|im_end|>' }}
{%- else %}{{ ' ' + message.content + '<|im_end|>' }}{% endif %}
{%- endfor %}"""

MISTRAL_NAMED = """
{%- if tools %}{{ '[AVAILABLE_TOOLS]' }}{{ tools | tojson }}{{ '[/AVAILABLE_TOOLS]' }}{% endif %}
{%- for message in messages %}
{%- if message.role == 'user' %}{{ '[INST]' + message.content + '[/INST]' }}
{%- elif message.role == 'tool' %}{{ '[TOOL_RESULTS]' + message.content + '[/TOOL_RESULTS]' }}
{%- else %}{{ message.content }}
{%- for call in message.tool_calls or [] %}
{{- '[TOOL_CALLS]' + call.function.name + '[CALL_ID]' + call.id + '[ARGS]' }}{{ call.function.arguments | tojson }}
{%- endfor %}{{ '<|im_end|>' }}{% endif %}
{%- endfor %}"""

CHANNELS = """
{%- if tools %}{{ '<|start|>developer<|message|># Tools\\nnamespace functions {' }}
{%- for tool in tools %}{{ '\\ntype ' + tool.function.name + ' = ' }}{{ (tool.function.parameters or {}) | tojson }}{% endfor %}
{{- '\\n}<|end|>' }}{% endif %}
{%- for message in messages %}
{%- if message.role == 'assistant' and message.tool_calls %}
{%- set call = message.tool_calls[0].function %}
{{- '<|start|>assistant to=functions.' + call.name + '<|channel|>commentary json<|message|>' }}
{{- call.arguments | tojson }}{{ '<|call|>' }}
{%- elif message.role == 'assistant' %}{{ '<|start|>assistant<|channel|>final<|message|>' + message.content + '<|end|>' }}
{%- elif message.role == 'tool' %}
{{- '<|start|>functions to=assistant<|channel|>commentary<|message|>' }}{{ message.content | tojson }}{{ '<|end|>' }}
{%- else %}{{ '<|start|>' + message.role + '<|message|>' + message.content + '<|end|>' }}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|start|>assistant' }}{% endif %}
{#- analysis -#}"""

QWEN_TAGGED = """
{%- if tools %}{{ '<|im_start|>system\\n# Tools\\n<tools>' }}{% for tool in tools %}{{ '\\n' }}{{ tool | tojson }}{% endfor %}
{{- '\\n</tools><|im_end|>\\n' }}{% endif %}
{%- for message in messages %}
{%- if message.role == 'tool' %}
{{- '<|im_start|>user\\n<tool_response>\\n' + message.content + '\\n</tool_response><|im_end|>\\n' }}
{%- elif message.role == 'assistant' %}
{{- '<|im_start|>assistant\\n<think>\\n\\n</think>\\n\\n' + message.content }}
{%- for call in message.tool_calls or [] %}
{%- if not loop.first or message.content %}{{ '\\n' }}{% endif %}
{{- '<tool_call>\\n<function=' + call.function.name + '>\\n' }}
{%- for name, value in call.function.arguments | items %}
{{- '<parameter=' + name + '>\\n' }}
{{- value | tojson if value is mapping or (value is sequence and value is not string) else value | string }}
{{- '\\n</parameter>\\n' }}
{%- endfor %}{{ '</function>\\n</tool_call>' }}
{%- endfor %}{{ '<|im_end|>\\n' }}
{%- else %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""
"""As Qwen3-Coder and Qwen 3.5 have it: a tag for each argument."""

TAGGED_PAIRS = """
{%- if tools %}{{ '<|system|>\\n<tools>' }}{% for tool in tools %}{{ '\\n' }}{{ tool | tojson }}{% endfor %}{{ '\\n</tools>' }}{% endif %}
{%- for message in messages %}
{%- if message.role == 'tool' %}{{ '<|observation|>\\n<tool_response>\\n' + message.content + '\\n</tool_response>' }}
{%- else %}{{ '<|' + message.role + '|>\\n' + message.content }}
{%- for call in message.tool_calls or [] %}
{{- '\\n<tool_call>' + call.function.name }}
{%- for name, value in call.function.arguments.items() %}
{{- '\\n<arg_key>' + name + '</arg_key>\\n<arg_value>' }}{{ value if value is string else value | tojson }}{{ '</arg_value>' }}
{%- endfor %}{{ '\\n</tool_call>' }}
{%- endfor %}{% if message.role == 'assistant' %}{{ '<|im_end|>' }}{% endif %}{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"""
"""As GLM has it."""

GEMMA = """
{%- macro written(value) -%}
{%- if value is string %}{{ '<|"|>' + value + '<|"|>' }}
{%- elif value is boolean %}{{ 'true' if value else 'false' }}
{%- elif value is none %}{{ 'null' }}
{%- elif value is mapping %}{{ '{' }}{{ pairs(value) }}{{ '}' }}
{%- elif value is sequence %}{{ '[' }}{% for item in value %}{{ written(item) }}{{ ',' if not loop.last }}{% endfor %}{{ ']' }}
{%- else %}{{ value }}{% endif %}
{%- endmacro %}
{%- macro pairs(values) %}{% for key, value in values | dictsort %}{{ key }}:{{ written(value) }}{{ ',' if not loop.last }}{% endfor %}{% endmacro %}
{%- if tools %}{{ '<|turn>system\\n' }}
{%- for tool in tools %}{{ '<|tool>declaration:' + tool.function.name + '{' }}{{ pairs(tool.function) }}{{ '}<tool|>' }}{% endfor %}
{{- '<turn|>\\n' }}{% endif %}
{%- set last = namespace(role='') %}
{%- for message in messages %}
{%- if message.role == 'tool' %}{{ '<|tool_response>response:tool{value:' }}{{ written(message.content) }}{{ '}<tool_response|>' }}
{%- else %}
{{- '<|turn>' + ('model' if message.role == 'assistant' else message.role) + '\\n' if last.role != 'tool' }}
{%- for call in message.tool_calls or [] %}
{{- '<|tool_call>call:' + call.function.name + '{' }}{{ pairs(call.function.arguments) }}{{ '}<tool_call|>' }}
{%- endfor %}
{{- message.content }}{{ '<turn|>\\n' if not message.tool_calls }}{% endif %}
{%- set last.role = message.role %}
{%- endfor %}
{%- if add_generation_prompt %}
{%- if last.role != 'tool' %}{{ '<|turn>model\\n' }}{% endif %}
{%- if not enable_thinking %}{{ '<|channel>thought\\n<channel|>' }}{% endif %}{% endif %}"""
"""As Gemma 4 has it: bare keys and marked texts; results stand inside of the model's turn."""

GEMMA_WITHOUT_TOOLS = """
{%- if messages[0].role == 'system' %}{% set first = messages[0].content + '\\n\\n' %}{% set rest = messages[1:] %}
{%- else %}{% set first = '' %}{% set rest = messages %}{% endif %}
{%- for message in rest %}
{%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}
{{- raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}
{{- '<start_of_turn>' + ('model' if message.role == 'assistant' else 'user') + '\\n' }}
{{- (first if loop.first else '') + message.content | trim + '<end_of_turn>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"""
"""As Gemma 2 and 3 have it: no place for tools, and users and models take turns."""
